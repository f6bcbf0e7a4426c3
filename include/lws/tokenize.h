/* Taking text apart into words and numbers; putting values into it; wildcards. */
#ifndef LWS_TOKENIZE_H
#define LWS_TOKENIZE_H

#include "base.h"

LWS_C_BEGIN

/* Letters, digits, '_' and everything beyond ASCII are parts of tokens; with these flags other characters are, too. */
#define LWS_TOKENIZE_F_MINUS_NONTERM    0x1
#define LWS_TOKENIZE_F_DOT_NONTERM      0x10
#define LWS_TOKENIZE_F_SLASH_NONTERM    0x100
#define LWS_TOKENIZE_F_ASTERISK_NONTERM 0x200
#define LWS_TOKENIZE_F_EQUALS_NONTERM   0x400
/* All that RFC 9110 section 5.6.2 has in tokens, with the exception of '-' and '.'. */
#define LWS_TOKENIZE_F_RFC7230_DELIMS 0x8
/* "name:" is one element. */
#define LWS_TOKENIZE_F_AGG_COLON 0x2
/* Tokens and commas must take turns: LWS_TOKZE_ERR_COMMA_LIST otherwise. */
#define LWS_TOKENIZE_F_COMMA_SEP_LIST 0x4
/* Numbers with a dot are no numbers: so that "192.168.0.1" is none. */
#define LWS_TOKENIZE_F_NO_FLOATS 0x20
/* Numbers are tokens. */
#define LWS_TOKENIZE_F_NO_INTEGERS 0x40
/* From '#' to the end of the line all is a comment. */
#define LWS_TOKENIZE_F_HASH_COMMENT 0x80

typedef enum lws_tokenize_elem {
    /* How many errors there are. */
    LWS_TOKZE_ERRS = 5,
    LWS_TOKZE_ERR_BROKEN_UTF8 = -5,
    /* No closing quote. */
    LWS_TOKZE_ERR_UNTERM_STRING = -4,
    /* "0..1", "0.1.1" */
    LWS_TOKZE_ERR_MALFORMED_FLOAT = -3,
    /* "123=" */
    LWS_TOKZE_ERR_NUM_ON_LHS = -2,
    /* ",a", "a,,b", "a,", "a b" */
    LWS_TOKZE_ERR_COMMA_LIST = -1,
    /* The end of the text. */
    LWS_TOKZE_ENDED = 0,
    /* One character that belongs to nothing else. */
    LWS_TOKZE_DELIMITER = 1,
    LWS_TOKZE_TOKEN = 2,
    LWS_TOKZE_INTEGER = 3,
    LWS_TOKZE_FLOAT = 4,
    /* A token with '=' behind it, which is not a part of the element. */
    LWS_TOKZE_TOKEN_NAME_EQUALS = 5,
    /* A token with ':' behind it. */
    LWS_TOKZE_TOKEN_NAME_COLON = 6,
    /* What stands between quotes. */
    LWS_TOKZE_QUOTED_STRING = 7
} lws_tokenize_elem;

enum lws_tokenize_delimiter_tracking {
    LWSTZ_DT_NEED_FIRST_CONTENT = 0,
    LWSTZ_DT_NEED_DELIM = 1,
    LWSTZ_DT_NEED_NEXT_CONTENT = 2
};

typedef struct lws_tokenize {
    /* What is still to be taken apart. */
    const char *start;
    /* The element: within the text, without a zero byte behind it. */
    const char *token;
    size_t len;
    size_t token_len;
    uint16_t flags;
    uint8_t delim;
    /* The caller's, to keep the result in. */
    int8_t e;
} lws_tokenize_t;

/* Begins with a text that ends with a zero byte; or, when `len` is set afterwards, after as many bytes. */
void lws_tokenize_init(struct lws_tokenize *ts, const char *start, int flags);

/* The next element; 0 at the end, negative for what is wrong. */
lws_tokenize_elem lws_tokenize(struct lws_tokenize *ts);

/* Copies the element, with a zero byte behind it: 0, or 1 without room. */
int lws_tokenize_cstr(struct lws_tokenize *ts, char *str, size_t max);

/*
 * Writes the value of `name` from byte `*exp_ofs` on to `out`, from `*pos` up to `olen`, and moves both on. `out` may be NULL: only the
 * length is asked for. LSTRX_DONE; LSTRX_FILLED_OUT: there is more; LSTRX_FATAL_NAME_UNKNOWN.
 */
typedef int (*lws_strexp_expand_cb)(void *priv, const char *name, char *out, size_t *pos, size_t olen,
                                    size_t *exp_ofs);

typedef struct lws_strexp {
    char name[32];
    lws_strexp_expand_cb cb;
    void *priv;
    char *out;
    size_t olen;
    size_t pos;
    size_t exp_ofs;
    uint8_t name_pos;
    char state;
} lws_strexp_t;

enum {
    LSTRX_DONE = 0,
    /* The output is full: see to it, call lws_strexp_reset_out, and go on with what was not used. */
    LSTRX_FILLED_OUT = 1,
    LSTRX_FATAL_NAME_TOO_LONG = -1,
    LSTRX_FATAL_NAME_UNKNOWN = -2
};

/* Copies text, with the value of every ${name} in it, piece by piece on both sides. There is a zero byte behind the output; LSTRX_FILLED_OUT if there
 * is no room for it, even where all was used. */
void lws_strexp_init(lws_strexp_t *exp, void *priv, lws_strexp_expand_cb cb, char *out, size_t olen);
void lws_strexp_reset_out(lws_strexp_t *exp, char *out, size_t olen);
int lws_strexp_expand(lws_strexp_t *exp, const char *in, size_t len, size_t *pused_in, size_t *pused_out);

/* 0 when `check` is what `wildcard` says, in which '*' stands for anything, or nothing; 1 otherwise. */
int lws_strcmp_wildcard(const char *wildcard, size_t wlen, const char *check, size_t clen);

LWS_C_END

#endif
