import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Writes the classes of jars anew whose format is older than Java 6: the JVM takes those into no AOT
 * cache, so that each start would read and verify them again. Nothing in them changes but the
 * version and the stack maps that go with it. {@code ./gantry build} runs this from its source.
 */
final class NewerClasses {
  /** Classes of before are loaded one by one at each start (SystemDictionaryShared in HotSpot). */
  private static final int JAVA_6 = ClassFile.JAVA_6_VERSION;

  private NewerClasses() {}

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      rewrite(Path.of(jar));
    }
  }

  private static void rewrite(Path jar) throws IOException {
    Path made = jar.resolveSibling(jar.getFileName() + ".new");
    try (var in = new ZipFile(jar.toFile());
        var out = new ZipOutputStream(Files.newOutputStream(made))) {
      ClassFile format = format(in);
      for (ZipEntry entry : in.stream().map(e -> (ZipEntry) e).toList()) {
        byte[] bytes = in.getInputStream(entry).readAllBytes();
        var copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        out.putNextEntry(copy);
        out.write(entry.getName().endsWith(".class") ? newer(bytes, format) : bytes);
        out.closeEntry();
      }
    }
    Files.move(made, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Stack maps depend on which of the jar's classes extends which. */
  private static ClassFile format(ZipFile jar) {
    var resolver =
        ClassHierarchyResolver.ofResourceParsing(type -> content(jar, type))
            .orElse(ClassHierarchyResolver.defaultResolver());
    return ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(resolver));
  }

  private static InputStream content(ZipFile jar, ClassDesc type) {
    String descriptor = type.descriptorString();
    ZipEntry entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return entry == null ? null : jar.getInputStream(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] newer(byte[] bytes, ClassFile format) {
    ClassModel old = format.parse(bytes);
    if (old.majorVersion() >= JAVA_6) {
      return bytes;
    }
    // Each instruction by itself: code that is copied as a whole would get no stack map.
    CodeTransform again = (code, element) -> code.with(element);
    ClassTransform version =
        (type, element) -> {
          if (element instanceof ClassFileVersion) {
            type.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            type.with(element);
          }
        };
    return format.transformClass(old, ClassTransform.transformingMethodBodies(again).andThen(version));
  }
}
