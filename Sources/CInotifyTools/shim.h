#ifndef SUPERTILE_CINOTIFYTOOLS_SHIM_H
#define SUPERTILE_CINOTIFYTOOLS_SHIM_H
#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
#endif
