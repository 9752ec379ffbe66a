import Foundation

/// A folder on a disk that does not answer whenever that is wanted: a library that is loaded into the daemon before the C
/// library, where whoever opens or watches a folder below, or asks for the state of a file there, does not come back until the disk
/// answers again; or where no folder below can be opened, since the disk fails, and `STUCK_FILE` cannot be renamed. A mount that really hangs takes root and leaves processes behind that nothing ends.
struct HangingFolder {
  private static let source = """
    #define _GNU_SOURCE
    #include <dirent.h>
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <stdlib.h>
    #include <string.h>
    #include <stdint.h>
    #include <sys/stat.h>
    #include <unistd.h>
    static int fails(const char *path) {
      const char *folder = getenv("HANGING_FOLDER"), *file = getenv("HANGING_WHILE");
      struct stat status;
      return folder && file && !strncmp(path, folder, strlen(folder))
        && !fstatat(AT_FDCWD, file, &status, AT_SYMLINK_NOFOLLOW) && status.st_size > 0;
    }
    static void hang(const char *path) {
      const char *folder = getenv("HANGING_FOLDER"), *file = getenv("HANGING_WHILE");
      if (!folder || !file || strncmp(path, folder, strlen(folder)) || fails(path)) return;
      while (!access(file, F_OK)) usleep(50000);
    }
    DIR *opendir(const char *path) {
      hang(path);
      if (fails(path)) {
        errno = EIO;
        return 0;
      }
      return ((DIR *(*)(const char *))dlsym(RTLD_NEXT, "opendir"))(path);
    }
    int stat(const char *restrict path, struct stat *restrict status) {
      hang(path);
      return ((int (*)(const char *, struct stat *))dlsym(RTLD_NEXT, "stat"))(path, status);
    }
    int inotify_add_watch(int queue, const char *path, uint32_t mask) {
      hang(path);
      return ((int (*)(int, const char *, uint32_t))dlsym(RTLD_NEXT, "inotify_add_watch"))(queue, path, mask);
    }
    int rename(const char *path, const char *target) {
      const char *stuck = getenv("STUCK_FILE"), *file = getenv("HANGING_WHILE");
      if (stuck && file && !strcmp(path, stuck) && !access(file, F_OK)) {
        errno = EIO;
        return -1;
      }
      return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(path, target);
    }
    int lstat(const char *restrict path, struct stat *restrict status) {
      hang(path);
      return ((int (*)(const char *, struct stat *))dlsym(RTLD_NEXT, "lstat"))(path, status);
    }
    """

  private let file: String
  /// What a program is to be started with.
  let environment: [String: String]

  /// - Parameters:
  ///   - path: the folder that hangs.
  ///   - scratch: where the library goes.
  init(_ path: String, scratch: String) throws {
    let (text, library) = (scratch + "/hanging.c", scratch + "/hanging.so")
    try Data(Self.source.utf8).write(to: URL(fileURLWithPath: text))
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = ["clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", text, "-o", library]
    try compiler.run()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else { throw CocoaError(.executableNotLoadable) }
    file = scratch + "/hanging"
    environment = ["LD_PRELOAD": library, "HANGING_FOLDER": path, "HANGING_WHILE": file]
  }

  func hang() throws { try Data().write(to: URL(fileURLWithPath: file)) }

  func fail() throws { try Data("x".utf8).write(to: URL(fileURLWithPath: file)) }

  func answer() throws { try FileManager.default.removeItem(atPath: file) }
}
