package dev.gantry.oci;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The users and groups of an image, as its {@code /etc/passwd} and {@code /etc/group} name them.
 *
 * <p>Lines that are no entry are passed over: an id that is no number must not become 0, which is
 * root.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/passwd.5.html">passwd(5)</a>
 * @see <a href="https://man7.org/linux/man-pages/man5/group.5.html">group(5)</a>
 */
public final class UserFile {
  /** The greatest id that runc accepts. */
  public static final long MAX_ID = Integer.MAX_VALUE;

  /** One line of {@code /etc/passwd}. */
  public record User(String name, long uid, long gid, String home, String shell) {}

  /** One line of {@code /etc/group}. */
  public record Group(String name, long gid, List<String> members) {}

  /**
   * Whom a process runs as.
   *
   * @param name the user's name, where the image has one for it
   * @param additionalGids the primary group, then the groups that list the user
   * @param home the user's home directory, where the image names one
   */
  public record Identity(
      long uid,
      long gid,
      @Nullable String name,
      List<Long> additionalGids,
      @Nullable String home) {}

  private final List<User> users;
  private final List<Group> groups;

  private UserFile(List<User> users, List<Group> groups) {
    this.users = users;
    this.groups = groups;
  }

  /** Reads the two files' texts; null is a file that the image does not have. */
  public static UserFile of(@Nullable String passwd, @Nullable String group) {
    return new UserFile(
        passwd == null ? List.of() : parseUsers(passwd),
        group == null ? List.of() : parseGroups(group));
  }

  /** Reads the text of {@code /etc/passwd}. */
  public static List<User> parseUsers(String text) {
    List<User> users = new ArrayList<>();
    for (String[] fields : lines(text)) {
      Optional<Long> uid = field(fields, 2);
      Optional<Long> gid = field(fields, 3);
      if (uid.isPresent() && gid.isPresent()) {
        users.add(
            new User(
                fields[0],
                uid.get(),
                gid.get(),
                fields.length > 5 ? fields[5] : "",
                fields.length > 6 ? fields[6] : ""));
      }
    }
    return List.copyOf(users);
  }

  /** Reads the text of {@code /etc/group}. */
  public static List<Group> parseGroups(String text) {
    List<Group> groups = new ArrayList<>();
    for (String[] fields : lines(text)) {
      Optional<Long> gid = field(fields, 2);
      if (gid.isPresent()) {
        List<String> members = new ArrayList<>();
        for (String member : fields.length > 3 ? fields[3].split(",", -1) : new String[0]) {
          if (!member.isBlank()) {
            members.add(member.strip());
          }
        }
        groups.add(new Group(fields[0], gid.get(), List.copyOf(members)));
      }
    }
    return List.copyOf(groups);
  }

  /** Returns the users, in the file's order. */
  public List<User> users() {
    return users;
  }

  /** Returns the groups, in the file's order. */
  public List<Group> groups() {
    return groups;
  }

  /**
   * Finds whom a text of the form {@code user[:group]} means, each part a name or a number. A
   * number need not be in the files; its group is then 0. An empty user is root.
   *
   * @throws UnknownUserException naming what the image's files do not have
   */
  public Identity resolve(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length > 2) {
      throw new UnknownUserException(text, "it has more than one ':'");
    }
    String userPart = parts[0].isEmpty() ? "0" : parts[0];
    Optional<Long> number = number(text, userPart);
    User user =
        firstUser(
            number.isPresent()
                ? candidate -> candidate.uid() == number.get()
                : candidate -> candidate.name().equals(userPart));
    if (user == null && number.isEmpty()) {
      throw new UnknownUserException(
          text, "no user \"" + Text.shorten(userPart) + "\" in the image's /etc/passwd");
    }
    long uid = user == null ? number.orElseThrow() : user.uid();
    long gid = user == null ? 0 : user.gid();
    if (parts.length == 2 && !parts[1].isEmpty()) {
      gid = group(text, parts[1]);
    }
    String name = user == null ? null : user.name();
    String home = user == null || user.home().isEmpty() ? null : user.home();
    return new Identity(uid, gid, name, additionalGids(gid, name), home);
  }

  private long group(String text, String part) {
    Optional<Long> number = number(text, part);
    if (number.isPresent()) {
      return number.get();
    }
    return groups.stream()
        .filter(group -> group.name().equals(part))
        .findFirst()
        .orElseThrow(() ->
            new UnknownUserException(
                text, "no group \"" + Text.shorten(part) + "\" in the image's /etc/group"))
        .gid();
  }

  private List<Long> additionalGids(long gid, @Nullable String name) {
    Set<Long> gids = new LinkedHashSet<>();
    gids.add(gid);
    if (name != null) {
      for (Group group : groups) {
        if (!group.name().equals(name) && group.members().contains(name)) {
          gids.add(group.gid());
        }
      }
    }
    return List.copyOf(gids);
  }

  private @Nullable User firstUser(Predicate<User> test) {
    for (User user : users) {
      if (test.test(user)) {
        return user;
      }
    }
    return null;
  }

  /** Returns the number that the part is, or nothing when it must be a name. */
  private static Optional<Long> number(String text, String part) {
    boolean negative = part.length() > 1 && part.charAt(0) == '-';
    String digits = negative ? part.substring(1) : part;
    if (!digits.chars().allMatch(c -> Text.isDigit((char) c))) {
      return Optional.empty();
    }
    if (negative || digits.length() > 18 || Long.parseLong(digits) > MAX_ID) {
      throw new UnknownUserException(
          text, Text.shorten(part) + " is not an id between 0 and " + MAX_ID);
    }
    return Optional.of(Long.parseLong(digits));
  }

  private static Optional<Long> field(String[] fields, int index) {
    if (index >= fields.length) {
      return Optional.empty();
    }
    String field = fields[index].strip();
    boolean number =
        !field.isEmpty()
            && field.length() <= 10
            && field.chars().allMatch(c -> Text.isDigit((char) c));
    return number
        ? Optional.of(Long.parseLong(field)).filter(id -> id <= MAX_ID)
        : Optional.empty();
  }

  private static List<String[]> lines(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#") && !line.startsWith(":"))
        .map(line -> line.split(":", -1))
        .toList();
  }
}
