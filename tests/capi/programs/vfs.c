/* File operations: the library's own, lists of them, and what is no file. Ends with 0, or says what is wrong. */
#include <libwebsockets.h>

#include "check.h"

static const struct wm_rom_file files[] = {
    { "web/index.html", "0123456789", 10 },
    { NULL, NULL, 0 }
};

static lws_fop_fd_t no_open(const struct lws_plat_file_ops *fops, const char *filename, const char *vpath,
                            lws_fop_flags_t *flags) {
    (void)fops;
    (void)filename;
    (void)flags;
    check(vpath && !strcmp(vpath, "in/side.txt"));
    return NULL;
}

static void own_files(const struct lws_plat_file_ops *own) {
    lws_fop_flags_t flags = 0;
    lws_filepos_t amount = 7;
    uint8_t bytes[16];
    lws_fop_fd_t file;

    check(!lws_vfs_file_open(own, "web/index.html", &flags));
    wm_rom_files(files);
    file = lws_vfs_file_open(own, "./web/index.html", &flags);
    check(file && lws_vfs_get_length(file) == 10 && lws_vfs_tell(file) == 0);
    check(!(flags & LWS_FOP_FLAG_MOD_TIME_VALID) && lws_vfs_get_mod_time(file) == 0);
    check(!lws_vfs_file_read(file, &amount, bytes, 4) && amount == 4 && !memcmp(bytes, "0123", 4));
    check(lws_vfs_file_seek_cur(file, 2) == 6 && lws_vfs_tell(file) == 6);
    check(lws_vfs_file_seek_cur(file, 5) == -1 && lws_vfs_file_seek_cur(file, -7) == -1 && lws_vfs_tell(file) == 6);
    check(!lws_vfs_file_read(file, &amount, bytes, sizeof(bytes)) && amount == 4 && !memcmp(bytes, "6789", 4));
    check(!lws_vfs_file_read(file, &amount, bytes, sizeof(bytes)) && amount == 0);
    check(lws_vfs_file_seek_set(file, 1) == 1 && lws_vfs_file_seek_end(file, -1) == 9);
    check(!lws_vfs_file_read(file, &amount, bytes, 1) && amount == 1 && bytes[0] == '9');
    check(lws_vfs_file_write(file, &amount, bytes, 1) == -1 && amount == 0);
    check(!lws_vfs_file_close(&file) && !file && lws_vfs_file_close(&file) == -1);
    check(!lws_vfs_file_open(own, "web/none.html", &flags));
    /* A host's disk; its files have a version. */
    file = lws_vfs_file_open(own, "/proc/self/exe", &flags);
    check(file && (flags & LWS_FOP_FLAG_MOD_TIME_VALID));
    check(!lws_vfs_file_read(file, &amount, bytes, 4) && amount == 4 && !memcmp(bytes, "\177ELF", 4));
    check(!_lws_plat_file_close(&file));
    check(!lws_vfs_file_open(own, "/proc", &flags));
}

static void lists(void) {
    static const struct lws_plat_file_ops zip = {
        no_open, NULL, NULL, NULL, NULL, { { ".zip/", 5 }, { ".tar/", 5 }, { NULL, 0 } }, NULL
    };
    static const struct lws_plat_file_ops first = {
        _lws_plat_file_open, _lws_plat_file_close, _lws_plat_file_seek_cur, _lws_plat_file_read,
        _lws_plat_file_write, { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }, &zip
    };
    lws_fop_flags_t flags = 0;
    lws_fop_fd_t file;

    check(!lws_vfs_file_open(&first, "web/all.zip/in/side.txt", &flags));
    check(!lws_vfs_file_open(&first, "all.tar/in/side.txt", &flags));
    file = lws_vfs_file_open(&first, "web/index.html", &flags);
    check(file && file->fops == &first && !lws_vfs_file_close(&file));
    /* Without a function. */
    check(!lws_vfs_file_open(&zip + 0, "web/index.zip", NULL));
}

static void hostile(const struct lws_plat_file_ops *own) {
    static const struct lws_plat_file_ops empty;
    struct lws_fop_fd file;
    lws_fop_fd_t none = NULL, open_file = &file;
    lws_fop_flags_t flags = 0;
    lws_filepos_t amount = 0;
    uint8_t byte = 0;

    memset(&file, 0, sizeof(file));
    check(!lws_vfs_file_open(NULL, "a", &flags) && !lws_vfs_file_open(own, NULL, &flags));
    check(!lws_vfs_file_open(own, "a", NULL) && !lws_vfs_file_open(&empty, "a/b/c", &flags));
    check(lws_vfs_file_close(NULL) == -1 && lws_vfs_file_close(&none) == -1 && lws_vfs_file_close(&open_file) == -1);
    check(lws_vfs_file_seek_cur(NULL, 1) == -1 && lws_vfs_file_seek_set(NULL, 1) == -1);
    check(lws_vfs_file_seek_end(NULL, 1) == -1 && lws_vfs_file_seek_cur(&file, 1) == -1);
    check(lws_vfs_file_read(NULL, &amount, &byte, 1) == -1 && lws_vfs_file_write(NULL, &amount, &byte, 1) == -1);
    file.fops = &empty;
    check(lws_vfs_file_read(&file, &amount, &byte, 1) == -1 && lws_vfs_file_write(&file, &amount, &byte, 1) == -1);
    file.fops = own;
    check(lws_vfs_file_read(&file, NULL, &byte, 1) == -1 && lws_vfs_file_read(&file, &amount, NULL, 1) == -1);
    check(lws_vfs_file_seek_set(&file, INT64_MIN) == -1 && lws_vfs_file_seek_end(&file, INT64_MAX) == -1);
    check(!lws_vfs_tell(NULL) && !lws_vfs_get_length(NULL) && !lws_vfs_get_mod_time(NULL));
    check(!_lws_plat_file_open(own, NULL, NULL, &flags) && !_lws_plat_file_open(NULL, "", NULL, NULL));
    check(_lws_plat_file_close(NULL) == -1 && _lws_plat_file_close(&none) == -1);
    check(_lws_plat_file_seek_cur(NULL, 0) == -1);
    check(_lws_plat_file_read(NULL, &amount, &byte, 1) == -1 && _lws_plat_file_write(NULL, NULL, NULL, 0) == -1);
    lws_set_fops(NULL, own);
}

int main(void) {
    const struct lws_plat_file_ops *own = lws_get_fops(NULL);

    lws_set_log_level(0, NULL);
    check(own && own->LWS_FOP_OPEN == _lws_plat_file_open && own->LWS_FOP_READ == _lws_plat_file_read);
    own_files(own);
    lists();
    hostile(own);
    return 0;
}
