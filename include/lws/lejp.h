/* JSON that comes in pieces: a callback for each name and value, no memory but the context. */
#ifndef LWS_LEJP_H
#define LWS_LEJP_H

#include "base.h"

LWS_C_BEGIN

#ifndef LEJP_MAX_PARSING_STACK_DEPTH
#define LEJP_MAX_PARSING_STACK_DEPTH 5
#endif
#ifndef LEJP_MAX_DEPTH
#define LEJP_MAX_DEPTH 12
#endif
#ifndef LEJP_MAX_INDEX_DEPTH
#define LEJP_MAX_INDEX_DEPTH 8
#endif
#ifndef LEJP_MAX_PATH
#define LEJP_MAX_PATH 128
#endif
#ifndef LEJP_STRING_CHUNK
#define LEJP_STRING_CHUNK 254
#endif

#define LEJP_FLAG_WS_KEEP        64
#define LEJP_FLAG_WS_COMMENTLINE 32
#define LEJP_FLAG_CB_IS_VALUE    64

/* Where in the text a parser is. */
enum lejp_states {
    LEJP_IDLE = 0,
    LEJP_MEMBERS = 1,
    LEJP_M_P = 2,
    LEJP_MP_STRING = 67,
    LEJP_MP_STRING_ESC = 68,
    LEJP_MP_STRING_ESC_U1 = 69,
    LEJP_MP_STRING_ESC_U2 = 70,
    LEJP_MP_STRING_ESC_U3 = 71,
    LEJP_MP_STRING_ESC_U4 = 72,
    LEJP_MP_DELIM = 9,
    LEJP_MP_VALUE = 10,
    LEJP_MP_VALUE_NUM_INT = 75,
    LEJP_MP_VALUE_NUM_EXP = 76,
    LEJP_MP_VALUE_TOK = 77,
    LEJP_MP_COMMA_OR_END = 14,
    LEJP_MP_ARRAY_END = 15
};

/* What lejp_parse returns when the text has not ended, or is no JSON. */
enum lejp_reasons {
    LEJP_CONTINUE = -1,
    LEJP_REJECT_IDLE_NO_BRACE = -2,
    LEJP_REJECT_MEMBERS_NO_CLOSE = -3,
    LEJP_REJECT_MP_NO_OPEN_QUOTE = -4,
    LEJP_REJECT_MP_STRING_UNDERRUN = -5,
    LEJP_REJECT_MP_ILLEGAL_CTRL = -6,
    LEJP_REJECT_MP_STRING_ESC_ILLEGAL_ESC = -7,
    LEJP_REJECT_ILLEGAL_HEX = -8,
    LEJP_REJECT_MP_DELIM_MISSING_COLON = -9,
    LEJP_REJECT_MP_DELIM_BAD_VALUE_START = -10,
    LEJP_REJECT_MP_VAL_NUM_INT_NO_FRAC = -11,
    LEJP_REJECT_MP_VAL_NUM_FORMAT = -12,
    LEJP_REJECT_MP_VAL_NUM_EXP_BAD_EXP = -13,
    LEJP_REJECT_MP_VAL_TOK_UNKNOWN = -14,
    LEJP_REJECT_MP_C_OR_E_UNDERF = -15,
    LEJP_REJECT_MP_C_OR_E_NOTARRAY = -16,
    LEJP_REJECT_MP_ARRAY_END_MISSING = -17,
    LEJP_REJECT_STACK_OVERFLOW = -18,
    LEJP_REJECT_MP_DELIM_ISTACK = -19,
    LEJP_REJECT_NUM_TOO_LONG = -20,
    LEJP_REJECT_MP_C_OR_E_NEITHER = -21,
    LEJP_REJECT_UNKNOWN = -22,
    LEJP_REJECT_CALLBACK = -23
};

/* Why the callback is called. With LEJP_FLAG_CB_IS_VALUE there is a value, or a piece of one, in `buf`, with a zero byte. */
enum lejp_callbacks {
    LEJPCB_CONSTRUCTED = 0,
    LEJPCB_DESTRUCTED = 1,
    LEJPCB_START = 2,
    LEJPCB_COMPLETE = 3,
    LEJPCB_FAILED = 4,
    LEJPCB_PAIR_NAME = 5,
    LEJPCB_VAL_TRUE = 70,
    LEJPCB_VAL_FALSE = 71,
    LEJPCB_VAL_NULL = 72,
    LEJPCB_VAL_NUM_INT = 73,
    LEJPCB_VAL_NUM_FLOAT = 74,
    LEJPCB_VAL_STR_START = 11,
    LEJPCB_VAL_STR_CHUNK = 76,
    LEJPCB_VAL_STR_END = 77,
    LEJPCB_ARRAY_START = 14,
    LEJPCB_ARRAY_END = 15,
    LEJPCB_OBJECT_START = 16,
    LEJPCB_OBJECT_END = 17
};

enum num_flags {
    LEJP_SEEN_MINUS = 1,
    LEJP_SEEN_POINT = 2,
    LEJP_SEEN_POST_POINT = 4,
    LEJP_SEEN_EXP = 8
};

struct lejp_ctx;

/* `reason` is one of LEJPCB_...; not 0 ends the parsing. */
typedef signed char (*lejp_callback)(struct lejp_ctx *ctx, char reason);

/* A level of the text: where in it, how long `path` and how deep `i` are there; `b` is the application's. */
struct _lejp_stack {
    char s;
    char p;
    char i;
    char b;
};

/* Whom lejp_parser_push has put in charge. */
struct _lejp_parsing_stack {
    void *user;
    lejp_callback callback;
    const char *const *paths;
    uint8_t count_paths;
    uint8_t ppos;
    uint8_t path_match;
};

struct lejp_ctx {
    void *user;
    struct _lejp_parsing_stack pst[LEJP_MAX_PARSING_STACK_DEPTH];
    struct _lejp_stack st[LEJP_MAX_DEPTH];
    /* The index in each array around, `ipos` of them. */
    uint16_t i[LEJP_MAX_INDEX_DEPTH];
    uint16_t wild[LEJP_MAX_INDEX_DEPTH];
    /* "object.member" and "array[]", up to 127 bytes. */
    char path[LEJP_MAX_PATH];
    /* The value, `npos` bytes of it. */
    char buf[LEJP_STRING_CHUNK + 1];
    /* Bytes from one path of the table to the next; 0: it is a table of pointers. */
    size_t path_stride;
    uint32_t line;
    uint16_t uni;
    uint8_t npos;
    uint8_t dcount;
    uint8_t f;
    uint8_t sp;
    uint8_t ipos;
    uint8_t count_paths;
    /* Which of the paths this is, from 1 on; 0 for none of them. */
    uint8_t path_match;
    uint8_t path_match_len;
    uint8_t wildcount;
    uint8_t pst_sp;
    uint8_t outer_array;
};

/* Begins; `paths` lives as long. In a path `*` stands for the rest of a name, at its end for all the rest: the first one that fits counts. */
void lejp_construct(struct lejp_ctx *ctx, lejp_callback callback, void *user, const char *const *paths,
                    unsigned char paths_count);
void lejp_destruct(struct lejp_ctx *ctx);

/*
 * Takes the next `len` bytes. LEJP_CONTINUE: there is more to come; LEJP_REJECT_...: this is no JSON, or the callback refused; else the text is
 * complete, and so many bytes follow it.
 */
int lejp_parse(struct lejp_ctx *ctx, const unsigned char *json, int len);

void lejp_change_callback(struct lejp_ctx *ctx, lejp_callback callback);

/* Puts another callback with paths of its own in charge of what is below, and ends that. 0, or -1. */
int lejp_parser_push(struct lejp_ctx *ctx, void *user, const char *const *paths, unsigned char paths_count,
                     lejp_callback lejp_cb);
int lejp_parser_pop(struct lejp_ctx *ctx);

/* Finds out anew which path `path` is. */
void lejp_check_path_match(struct lejp_ctx *ctx);

/* What stands in the path for `*` number `wildcard`, with a zero byte; 0 when there is none. */
int lejp_get_wildcard(struct lejp_ctx *ctx, int wildcard, char *dest, int len);

const char *lejp_error_to_string(int e);

LWS_C_END

#endif
