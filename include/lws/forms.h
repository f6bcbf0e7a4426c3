/*
 * Forms: the body of a POST, field by field, as a browser sends it (application/x-www-form-urlencoded, multipart/form-data). Values are kept up
 * to a limit, files go past in pieces.
 */
#ifndef LWS_FORMS_H
#define LWS_FORMS_H

#include "base.h"

LWS_C_BEGIN

enum lws_spa_fileupload_states {
    /* A piece of the file. */
    LWS_UFS_CONTENT = 0,
    /* The last piece, of no bytes: the file is complete. */
    LWS_UFS_FINAL_CONTENT = 1,
    /* A file begins. */
    LWS_UFS_OPEN = 2,
    /* The form is over, or was given up: `name` and `filename` are those of the last file. */
    LWS_UFS_CLOSE = 3
};

/*
 * Is told of files. `name` and `filename` are what the client says: never a path to write to. Less than 0 gives the form up. `buf` is not
 * to be written.
 */
typedef int (*lws_spa_fileupload_cb)(void *data, const char *name, const char *filename, char *buf, int len,
                                     enum lws_spa_fileupload_states state);

struct lws_spa;
struct lwsac;

typedef struct lws_spa_create_info {
    /* The names of the fields whose values are wanted. */
    const char *const *param_names;
    int count_params;
    /* Bytes for all values together, each with a zero byte behind it; 0: 512. More than that gives the form up. */
    int max_storage;
    /* NULL: files are not wanted. */
    lws_spa_fileupload_cb opt_cb;
    void *opt_data;
    /* 0, or the distance in bytes from one name to the next, where they are members of structures. */
    size_t param_names_stride;
    /* NULL, or memory that the form, its values included, ends with: when that is freed, or when the form is destroyed, both are gone. */
    struct lwsac **ac;
    size_t ac_chunk_size;
} lws_spa_create_info_t;

/* For the request of `wsi`, whose Content-Type tells the coding. NULL without memory. */
struct lws_spa *lws_spa_create(struct lws *wsi, const char *const *param_names, int count_params, int max_storage,
                               lws_spa_fileupload_cb opt_cb, void *opt_data);
struct lws_spa *lws_spa_create_via_info(struct lws *wsi, const lws_spa_create_info_t *info);

/* The next piece of the body: 0, or -1 if it is no form, a callback gave it up, or the values are too long. */
int lws_spa_process(struct lws_spa *spa, const char *in, int len);

/* The body is complete: 0, or -1 if the form is not. */
int lws_spa_finalize(struct lws_spa *spa);

/* The value of the field with that number among the names, and its length; NULL and 0 where there was none. Of several the last one. */
const char *lws_spa_get_string(struct lws_spa *spa, int n);
int lws_spa_get_length(struct lws_spa *spa, int n);

int lws_spa_destroy(struct lws_spa *spa);

LWS_C_END

#endif
