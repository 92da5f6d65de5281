package org.apache.hadoop.fs.local;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The files of this machine, where whoever comes to a certain step waits for ever: who writes them can then be killed
 * there, and nowhere else.
 *
 * <p>Each line of `held.txt`, in the folder that Java was started in, is a pattern of steps: `create FILE`, when it is
 * there and empty, and `rename FILE`, before it gets that name. A step that was reached makes a file `reached-...`.
 */
final class Held {
  private static final File PATTERNS = new File("held.txt");

  static void at(String step, Path path) throws IOException {
    if (!PATTERNS.exists()) {
      return;
    }
    String said = step + " " + path.toUri().getPath();
    for (String pattern : Files.readAllLines(PATTERNS.toPath())) {
      if (said.matches(pattern)) {
        Files.writeString(File.createTempFile("reached-", ".txt", new File(".")).toPath(), said);
        try {
          Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException error) {
          throw new IOException(error);
        }
      }
    }
  }
}

/** As Spark's writers and Iceberg use them. */
final class HeldFiles extends LocalFileSystem {
  @Override
  public FSDataOutputStream create(
      Path file, FsPermission rights, boolean replaces, int buffer, short copies, long block, Progressable progress)
      throws IOException {
    FSDataOutputStream made = super.create(file, rights, replaces, buffer, copies, block, progress);
    Held.at("create", file);
    return made;
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    Held.at("rename", to);
    return super.rename(from, to);
  }
}

/** As the log of Delta Lake uses them. */
final class HeldLog extends LocalFs {
  HeldLog(URI address, Configuration settings) throws IOException, URISyntaxException {
    super(settings);
  }

  @Override
  public void renameInternal(Path from, Path to, boolean replaces) throws IOException {
    Held.at("rename", to);
    super.renameInternal(from, to, replaces);
  }
}
