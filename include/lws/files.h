/* Files that are a part of the firmware, for mounts of LWSMPRO_FILE: this library's own, not libwebsockets'. */
#ifndef LWS_FILES_H
#define LWS_FILES_H

#include "base.h"

LWS_C_BEGIN

/* One file. */
struct wm_rom_file {
    /* What a mount finds it by: its `origin`, a slash, and what the request has below the mountpoint. */
    const char *path;
    /* Sent from where it lies, without a copy. */
    const void *content;
    size_t length;
};

/*
 * Serves these files from now on, in the place of those before. The table ends with a NULL path; it and all in it are constant while
 * any context lives. NULL: no files. On a host a file that is not in the table may still be on the disk.
 */
void wm_rom_files(const struct wm_rom_file *files);

LWS_C_END

#endif
