/* Strings, random numbers, command lines. */
#ifndef LWS_MISC_H
#define LWS_MISC_H

#include "base.h"
#include "context.h"

LWS_C_BEGIN

/* snprintf that returns no more than `size`, which stands for a text that was cut off to `size` - 1 bytes. */
int lws_snprintf(char *str, size_t size, const char *format, ...) LWS_FORMAT(3);

/* Copies up to `size` - 1 bytes, and fills the rest with zero bytes, of which there is one at least. Returns `dest`. */
char *lws_strncpy(char *dest, const char *src, size_t size);

/* Makes a name that a client has given fit for a file in a folder: what leads out of it, or means something else, becomes an underscore. */
void lws_filename_purify_inplace(char *filename);

/* Copies a string that is `size1` bytes long and has no zero byte, or needs not. */
#define lws_strnncpy(dest, src, size1, destsize) \
    lws_strncpy(dest, src, (size_t)(size1) + 1 < (size_t)(destsize) ? (size_t)(size1) + 1 : (size_t)(destsize))

/* The place of `name` in the first `len` bytes at `buf`, or NULL. */
const char *lws_nstrstr(const char *buf, size_t len, const char *name, size_t nl);

/*
 * The value behind `name` (with quotes and colon) in flat JSON, without its quotes; its length in `*alen`. NULL when it is not
 * there. The second one compares: 0 when it is `comp`.
 */
const char *lws_json_simple_find(const char *buf, size_t len, const char *name, size_t *alen);
int lws_json_simple_strcmp(const char *buf, size_t len, const char *name, const char *comp);

/*
 * `string` as it can stand between the quotes of JSON, and of SQL: as much as fits into `len` bytes with the zero byte. Returns `escaped`;
 * `*in_used` is how much of the string that was, unless it is NULL. How many bytes all of it takes.
 */
const char *lws_json_purify(char *escaped, const char *string, int len, int *in_used);
int lws_json_purify_len(const char *string);
const char *lws_sql_purify(char *escaped, const char *string, size_t len);
int lws_sql_purify_len(const char *p);

/* Numbers as the network has them, the highest byte first. */
void lws_ser_wu16be(uint8_t *b, uint16_t u);
void lws_ser_wu32be(uint8_t *b, uint32_t u32);
void lws_ser_wu64be(uint8_t *b, uint64_t u64);
uint16_t lws_ser_ru16be(const uint8_t *b);
uint32_t lws_ser_ru32be(const uint8_t *b);
uint64_t lws_ser_ru64be(const uint8_t *b);

/* Fills `buf` with random bytes fit for keys; says how many it got, all or 0. */
size_t lws_get_random(struct lws_context *context, void *buf, size_t len);

/* `len` - 1 random hexadecimal digits, and a zero byte; 0 when it worked. */
int lws_hex_random(struct lws_context *context, char *dest, size_t len);
void lws_hex_from_byte_array(const uint8_t *src, size_t slen, char *dest, size_t len);

/* Bytes decoded, or -1. */
int lws_hex_to_byte_array(const char *h, uint8_t *dest, int max);

/* Base64 (RFC 4648), with a zero byte behind it; the length, or -1 without room or with malformed input. */
int lws_b64_encode_string(const char *in, int in_len, char *out, int out_size);
int lws_b64_encode_string_url(const char *in, int in_len, char *out, int out_size);
int lws_b64_decode_string(const char *in, char *out, int out_size);
int lws_b64_decode_string_len(const char *in, int in_len, char *out, int out_size);

/*
 * Base64 of both alphabets that comes in pieces, white space left out: takes `*in_len` bytes and gives up to `*out_size`, and a zero byte
 * behind them; both say afterwards how many it were. `final`: it ends here, padded or not. 0, or -1 for what is malformed.
 */
struct lws_b64state {
    unsigned char quad[4];
    size_t done;
    size_t len;
    int i;
    int c;
};
void lws_b64_decode_state_init(struct lws_b64state *state);
int lws_b64_decode_stateful(struct lws_b64state *s, const char *in, size_t *in_len, uint8_t *out, size_t *out_size,
                            int final);

/* SHA-1 of `n` bytes; returns `md`, which takes 20. */
unsigned char *lws_SHA1(const unsigned char *d, size_t n, unsigned char *md);

/* 0 when equal, in a time that does not tell where they differ. */
int lws_timingsafe_bcmp(const void *a, const void *b, uint32_t len);

/* Zeroes memory, also where the compiler thinks that nobody looks. */
void lws_explicit_bzero(void *p, size_t len);

/* Percent-encoding: `escaped` takes `len` bytes with the zero byte. */
const char *lws_urlencode(char *escaped, const char *string, int len);

/* Decodes, in place too: 0, or -1 without room or with malformed input. */
int lws_urldecode(char *string, const char *escaped, int len);

/* Cuts a URI up, in place: scheme, host, port (that of the scheme when none is given), path without its first '/'. 0, or 1. */
int lws_parse_uri(char *p, const char **prot, const char **ads, int *port, const char **path);

/* What follows the last option `val` in a command line: "-d7", "-d=7" and "-d 7" alike; "" for the last word. NULL without that option. */
const char *lws_cmdline_option(int argc, const char **argv, const char *val);

/* -d LEVELS sets the log's levels; further options of libwebsockets' examples that make sense here. */
void lws_cmdline_option_handle_builtin(int argc, const char **argv, struct lws_context_creation_info *info);

/* No faults are injected here. */
#define lws_fi_user_wsi_fi(wsi, name) (0)
#define lws_fi_user_context_fi(context, name) (0)

LWS_C_END

#endif
