/* Files of the firmware's own file system: LittleFS, FAT, an archive. */
#ifndef LWS_VFS_H
#define LWS_VFS_H

#include "base.h"

LWS_C_BEGIN

/* The names of the members of `struct lws_plat_file_ops`. */
#define LWS_FOP_OPEN     open
#define LWS_FOP_CLOSE    close
#define LWS_FOP_SEEK_CUR seek_cur
#define LWS_FOP_READ     read
#define LWS_FOP_WRITE    write

/* Of the flags for opening: what is O_RDONLY and its kind, and what is this interface's own. */
#define LWS_FOP_FLAGS_MASK                 ((1 << 23) - 1)
#define LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP (1 << 24)
#define LWS_FOP_FLAG_COMPR_IS_GZIP         (1 << 25)
#define LWS_FOP_FLAG_MOD_TIME_VALID        (1 << 26)
#define LWS_FOP_FLAG_VIRTUAL               (1 << 27)

struct lws_plat_file_ops;

/* An open file. Whoever opens it makes this, alone or as the first member of something larger. */
struct lws_fop_fd {
    lws_filefd_type fd;
    /* Those that it was opened with. */
    const struct lws_plat_file_ops *fops;
    /* The operations' own. */
    void *filesystem_priv;
    /* Where the next byte is read; the operations move it. */
    lws_filepos_t pos;
    lws_filepos_t len;
    /* As they were when it had been opened. */
    lws_fop_flags_t flags;
    /*
     * With LWS_FOP_FLAG_MOD_TIME_VALID: the time of the last change, or any number that is another whenever the content is. With the
     * length it becomes the entity tag, by which a browser asks for each version once.
     */
    uint32_t mod_time;
};

typedef struct lws_fop_fd *lws_fop_fd_t;

/* A part of a path that leads to these operations: ".zip/" and 5 for all that is in archives. */
struct lws_fops_index {
    const char *sig;
    uint8_t len;
};

/*
 * What a file system can do. Each is called in the task that calls lws_service, which serves nobody meanwhile; one read is of 512 bytes at
 * most.
 */
struct lws_plat_file_ops {
    /*
     * Opens a file, or gives NULL. `vpath` is the part of `filename` behind the one that `fi` names, or NULL. `flags` says whether the
     * client takes gzip; an operation that opens something compressed says so there, and sets what else it knows.
     */
    lws_fop_fd_t (*LWS_FOP_OPEN)(const struct lws_plat_file_ops *fops, const char *filename, const char *vpath,
                                 lws_fop_flags_t *flags);
    /* Closes it, frees it, and sets the pointer to NULL. */
    int (*LWS_FOP_CLOSE)(lws_fop_fd_t *fop_fd);
    /* Moves `pos` by so many bytes; gives the new one, or a negative number. */
    lws_fileofs_t (*LWS_FOP_SEEK_CUR)(lws_fop_fd_t fop_fd, lws_fileofs_t offset_from_cur_pos);
    /* Reads up to `len` bytes; `*amount` says how many. Not 0: the medium failed. */
    int (*LWS_FOP_READ)(lws_fop_fd_t fop_fd, lws_filepos_t *amount, uint8_t *buf, lws_filepos_t len);
    /* Writes. Nothing in this library does. */
    int (*LWS_FOP_WRITE)(lws_fop_fd_t fop_fd, lws_filepos_t *amount, uint8_t *buf, lws_filepos_t len);
    /* Of those that are reached by `next`; the first without a `sig` ends them. */
    struct lws_fops_index fi[3];
    const struct lws_plat_file_ops *next;
};

/*
 * Files of mounts of LWSMPRO_FILE, of lws_serve_http_file and of `basic_auth_login_file` come from this file system from now on, in the
 * place of wm_rom_files. It lives as long as the context. NULL: as before.
 */
void lws_set_fops(struct lws_context *context, const struct lws_plat_file_ops *fops);

/* Those that were set; else those of the library, by which files of wm_rom_files are read, on a host those of its disk too. */
struct lws_plat_file_ops *lws_get_fops(struct lws_context *context);

/* Opens a file with these operations, or with those of their list whose `fi` is found in the path. NULL if it can't be. */
lws_fop_fd_t lws_vfs_file_open(const struct lws_plat_file_ops *fops, const char *vfs_path, lws_fop_flags_t *flags);
int lws_vfs_file_close(lws_fop_fd_t *fop_fd);
lws_fileofs_t lws_vfs_file_seek_cur(lws_fop_fd_t fop_fd, lws_fileofs_t offset);
lws_fileofs_t lws_vfs_file_seek_set(lws_fop_fd_t fop_fd, lws_fileofs_t offset);
lws_fileofs_t lws_vfs_file_seek_end(lws_fop_fd_t fop_fd, lws_fileofs_t offset);
int lws_vfs_file_read(lws_fop_fd_t fop_fd, lws_filepos_t *amount, uint8_t *buf, lws_filepos_t len);
int lws_vfs_file_write(lws_fop_fd_t fop_fd, lws_filepos_t *amount, uint8_t *buf, lws_filepos_t len);

lws_filepos_t lws_vfs_tell(lws_fop_fd_t fop_fd);
lws_filepos_t lws_vfs_get_length(lws_fop_fd_t fop_fd);
uint32_t lws_vfs_get_mod_time(lws_fop_fd_t fop_fd);

/* The library's own operations, for lists of the application's. */
lws_fop_fd_t _lws_plat_file_open(const struct lws_plat_file_ops *fops, const char *filename, const char *vpath,
                                 lws_fop_flags_t *flags);
int _lws_plat_file_close(lws_fop_fd_t *fop_fd);
lws_fileofs_t _lws_plat_file_seek_cur(lws_fop_fd_t fop_fd, lws_fileofs_t offset);
int _lws_plat_file_read(lws_fop_fd_t fop_fd, lws_filepos_t *amount, uint8_t *buf, lws_filepos_t len);
int _lws_plat_file_write(lws_fop_fd_t fop_fd, lws_filepos_t *amount, uint8_t *buf, lws_filepos_t len);

LWS_C_END

#endif
