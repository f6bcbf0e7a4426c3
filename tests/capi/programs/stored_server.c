/*
 * Mounts, lws_serve_http_file and logins out of a file system of the program's own, which counts what is open, compresses for those who
 * take it, and fails where it is told to; and an archive in its list, which paths with its sign lead to.
 */
#include <libwebsockets.h>
#include <stdlib.h>

#include "server.h"

#define LONG 300000

struct entry {
    const char *path;
    const char *content; /* NULL: LONG bytes that count up */
    const char *packed;
    uint32_t changed;
    lws_filepos_t broken_from;
};

static const struct entry entries[] = {
    { "/disk/index.html", "<p>stored</p>", NULL, 7, 0 },
    { "/disk/data.json", "0123456789", NULL, 8, 0 },
    { "/disk/page.css", "p { color: red }", "packed", 9, 0 },
    { "/disk/long.txt", NULL, NULL, 10, 0 },
    { "/disk/broken.txt", NULL, NULL, 11, 100000 },
    { "/disk/logins", "admin:secret\r\nuser:word\n", NULL, 0, 0 }
};

static int open_files, opened;

/* A file that is open. */
struct file {
    struct lws_fop_fd base;
    const struct entry *entry;
    const char *content;
    char own[32];
};

static lws_fop_fd_t new_file(const struct lws_plat_file_ops *fops, const struct entry *entry, const char *content) {
    struct file *file = (struct file *)calloc(1, sizeof(*file));

    if (!file)
        return NULL;
    file->entry = entry;
    file->content = content;
    file->base.fops = fops;
    file->base.len = content ? strlen(content) : LONG;
    open_files++;
    opened++;
    return &file->base;
}

static lws_fop_fd_t disk_open(const struct lws_plat_file_ops *fops, const char *filename, const char *vpath,
                              lws_fop_flags_t *flags) {
    size_t n;

    for (n = 0; !vpath && n < sizeof(entries) / sizeof(entries[0]); n++) {
        const struct entry *entry = &entries[n];
        int packed = entry->packed && (*flags & LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP);
        lws_fop_fd_t opened_file;

        if (strcmp(entry->path, filename))
            continue;
        opened_file = new_file(fops, entry, packed ? entry->packed : entry->content);
        if (!opened_file)
            return NULL;
        if (packed)
            *flags |= LWS_FOP_FLAG_COMPR_IS_GZIP;
        if (entry->changed) {
            *flags |= LWS_FOP_FLAG_MOD_TIME_VALID;
            opened_file->mod_time = entry->changed;
        }
        opened_file->flags = *flags;
        return opened_file;
    }
    return NULL;
}

/* All that is in an archive is what its path in there is. */
static lws_fop_fd_t pack_open(const struct lws_plat_file_ops *fops, const char *filename, const char *vpath,
                              lws_fop_flags_t *flags) {
    lws_fop_fd_t opened_file = vpath ? new_file(fops, NULL, vpath) : NULL;
    struct file *file = (struct file *)opened_file;

    (void)filename;
    (void)flags;
    if (file)
        file->content = lws_strncpy(file->own, vpath, sizeof(file->own));
    return opened_file;
}

static int file_close(lws_fop_fd_t *fd) {
    free(*fd);
    *fd = NULL;
    open_files--;
    return 0;
}

static lws_fileofs_t file_seek(lws_fop_fd_t fd, lws_fileofs_t offset) {
    fd->pos += (lws_filepos_t)offset;
    return (lws_fileofs_t)fd->pos;
}

static int file_read(lws_fop_fd_t fd, lws_filepos_t *amount, uint8_t *buf, lws_filepos_t len) {
    struct file *file = (struct file *)fd;
    lws_filepos_t n, rest = fd->len - fd->pos;

    if (file->entry && file->entry->broken_from && fd->pos >= file->entry->broken_from)
        return -1;
    /* Like a medium with short pages. */
    if (len > 300)
        len = 300;
    if (len > rest)
        len = rest;
    for (n = 0; n < len; n++)
        buf[n] = (uint8_t)(file->content ? file->content[fd->pos + n] : 'a' + (char)((fd->pos + n) % 26));
    fd->pos += len;
    *amount = len;
    return 0;
}

static const struct lws_plat_file_ops pack = {
    pack_open, file_close, file_seek, file_read, NULL, { { ".pack/", 6 }, { NULL, 0 }, { NULL, 0 } }, NULL
};

static const struct lws_plat_file_ops disk = {
    disk_open, file_close, file_seek, file_read, NULL, { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }, &pack
};

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    char text[64];

    (void)user;
    (void)len;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        if (!strcmp((const char *)in, "/named"))
            return lws_serve_http_file(wsi, "/disk/data.json", "text/plain", "x-answer: 42\r\n", 14);
        if (!strcmp((const char *)in, "/open")) {
            lws_snprintf(text, sizeof(text), "%d open of %d", open_files, opened);
            return lws_return_http_status(wsi, HTTP_STATUS_OK, text);
        }
        return lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL);
    case LWS_CALLBACK_HTTP_FILE_COMPLETION:
        return lws_http_transaction_completed(wsi) ? -1 : 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "http", callback, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static struct lws_http_mount private_mount, archive_mount, mount;

static void lead(struct lws_http_mount *to, const char *point, const char *origin, const struct lws_http_mount *next) {
    to->mountpoint = point;
    to->mountpoint_len = (unsigned char)strlen(point);
    to->origin = origin;
    to->def = "index.html";
    to->origin_protocol = LWSMPRO_FILE;
    to->mount_next = next;
}

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;
    struct lws_context *context;

    lead(&private_mount, "/private", "/disk", NULL);
    private_mount.basic_auth_login_file = "/disk/logins";
    lead(&archive_mount, "/archive", "/disk/all.pack", &private_mount);
    lead(&mount, "/files", "/disk", &archive_mount);
    mount.cache_reusable = 1;
    mount.cache_max_age = 60;
    prepare(&info, argc, argv);
    info.protocols = protocols;
    info.mounts = &mount;
    context = lws_create_context(&info);
    lws_set_fops(context, &disk);
    return lws_get_fops(context) == &disk ? serve(context, 1000) : 1;
}
