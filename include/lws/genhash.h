/* Hashes that take their input in pieces: SHA-1, SHA-256 and its HMAC. */
#ifndef LWS_GENHASH_H
#define LWS_GENHASH_H

#include "base.h"

LWS_C_BEGIN

enum lws_genhash_types {
    LWS_GENHASH_TYPE_UNKNOWN = 0,
    LWS_GENHASH_TYPE_MD5 = 1,
    LWS_GENHASH_TYPE_SHA1 = 2,
    LWS_GENHASH_TYPE_SHA256 = 3,
    LWS_GENHASH_TYPE_SHA384 = 4,
    LWS_GENHASH_TYPE_SHA512 = 5
};

enum lws_genhmac_types {
    LWS_GENHMAC_TYPE_UNKNOWN = 0,
    LWS_GENHMAC_TYPE_SHA256 = 1,
    LWS_GENHMAC_TYPE_SHA384 = 2,
    LWS_GENHMAC_TYPE_SHA512 = 3
};

/* Bytes of the longest result. */
#define LWS_GENHASH_LARGEST 64

/* As large as with libwebsockets; the members are nobody's to read. */
struct lws_genhash_ctx {
    uint8_t type;
    union {
        uint8_t md5[88];
        uint8_t sha1[92];
        uint8_t sha256[108];
        uint64_t sha512[27];
        const void *hmac;
    } u;
};

struct lws_genhmac_ctx {
    uint8_t type;
    const void *hmac;
    void *ctx[3];
};

/* Bytes of the result; 0 for a kind that is none. */
size_t lws_genhash_size(enum lws_genhash_types type);
size_t lws_genhmac_size(enum lws_genhmac_types type);

/* Begins: 0, or 1 and a line in the log for what is not SHA-1 or SHA-256. The other functions end with 0, or 1 without a beginning. */
int lws_genhash_init(struct lws_genhash_ctx *ctx, enum lws_genhash_types type);
int lws_genhash_update(struct lws_genhash_ctx *ctx, const void *in, size_t len);

/* Ends; `result` takes as many bytes as lws_genhash_size says, or is NULL. */
int lws_genhash_destroy(struct lws_genhash_ctx *ctx, void *result);

/* The same with a key (RFC 2104), with SHA-256. One that was begun has to be ended: it has memory. */
int lws_genhmac_init(struct lws_genhmac_ctx *ctx, enum lws_genhmac_types type, const uint8_t *key, size_t key_len);
int lws_genhmac_update(struct lws_genhmac_ctx *ctx, const void *in, size_t len);
int lws_genhmac_destroy(struct lws_genhmac_ctx *ctx, void *result);

LWS_C_END

#endif
