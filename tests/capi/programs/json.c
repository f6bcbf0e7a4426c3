/* JSON that comes in pieces: what the callback hears, where it is, what is refused, whom it is handed on to. Ends with 0, or says what is wrong. */
#include <libwebsockets.h>

#include "check.h"

static char heard[4096];

static void hear(const char *format, ...) {
    size_t length = strlen(heard);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(heard + length, sizeof(heard) - length, format, arguments);
    va_end(arguments);
}

static const char *const paths[] = { "a.b", "list[]", "*.name", "deep.*.*", "rest*", "grid[][]" };

static signed char on_event(struct lejp_ctx *ctx, char reason) {
    char wild[16];
    int n;

    switch (reason) {
    case LEJPCB_CONSTRUCTED:
    case LEJPCB_DESTRUCTED:
        return 0;
    case LEJPCB_START:
        hear("(");
        break;
    case LEJPCB_COMPLETE:
        hear(")");
        break;
    case LEJPCB_FAILED:
        hear("!");
        break;
    case LEJPCB_PAIR_NAME:
        hear(" %s:", ctx->path);
        for (n = 0; n < ctx->wildcount && ctx->path_match; n++) {
            check(lejp_get_wildcard(ctx, n, wild, sizeof(wild)) == (int)strlen(wild) + 1);
            hear("*%s", wild);
        }
        break;
    case LEJPCB_OBJECT_START:
        hear("{");
        break;
    case LEJPCB_OBJECT_END:
        hear("}%s", ctx->path);
        break;
    case LEJPCB_ARRAY_START:
        hear("[");
        break;
    case LEJPCB_ARRAY_END:
        hear("]%s", ctx->path);
        break;
    case LEJPCB_VAL_STR_START:
        hear("\"");
        break;
    case LEJPCB_VAL_STR_CHUNK:
        check(ctx->npos == LEJP_STRING_CHUNK && strlen(ctx->buf) == LEJP_STRING_CHUNK);
        hear("+%d", ctx->npos);
        break;
    default:
        check(reason & LEJP_FLAG_CB_IS_VALUE);
        hear("%s%d=%s", ctx->path_match ? "=" : "", ctx->path_match, ctx->buf);
        for (n = 0; n < ctx->ipos; n++)
            hear("#%d", ctx->i[n]);
        break;
    }
    return ctx->user && reason == *(const char *)ctx->user ? -1 : 0;
}

/* What is heard of a text in pieces of `step` bytes, and what lejp_parse says in the end. */
static int parse(const char *text, size_t step, void *refused) {
    size_t length = strlen(text), done, piece;
    struct lejp_ctx ctx;
    int result = LEJP_CONTINUE;

    heard[0] = '\0';
    lejp_construct(&ctx, on_event, refused, paths, LWS_ARRAY_SIZE(paths));
    for (done = 0; done < length && result == LEJP_CONTINUE; done += piece) {
        piece = length - done < step ? length - done : step;
        result = lejp_parse(&ctx, (const unsigned char *)text + done, (int)piece);
        if (result >= 0)
            result += (int)(length - done - piece);
    }
    lejp_destruct(&ctx);
    return result;
}

static void hears(const char *text, int result, const char *expected) {
    size_t step;

    for (step = 1; step <= strlen(text); step++) {
        check(parse(text, step, NULL) == result);
        if (strcmp(heard, expected))
            printf("%s\nexpected %s\ngot      %s\n", text, expected, heard);
        check(!strcmp(heard, expected));
    }
}

static void good_texts(void) {
    hears("{}", 0, "({})");
    hears(" [ ] tail", 5, "([][])");
    hears("{\"a\": {\"b\": 7, \"c\": -0.5e+3}}", 0, "({ a:{ a.b:=1=7 a.c:0=-0.5e+3}a})");
    hears("{\"t\":true,\"f\":false,\"n\":null}", 0, "({ t:0=1 f:0=0 n:0=})");
    hears("# a comment {\n{\"list\": [\"x\", 1e5, {}]} ", 1, "({ list:[\"=2=x#0=2=1e5#1{}list[]]list[]})");
    hears("{\"grid\":[[1,2],[3]],\"l\":[4]}", 0,
          "({ grid:[[=6=1#0#0=6=2#0#1]grid[][][=6=3#1#0]grid[][]]grid[] l:[0=4#0]l[]})");
    hears("{\"x\":{\"name\":\"v\"},\"deep\":{\"p\":{\"q\":0}},\"restful\":1}", 0,
          "({ x:{ x.name:*x\"=3=v}x deep:{ deep.p:{ deep.p.q:*p*q=4=0}deep.p}deep restful:*ful=5=1})");
    hears("[{\"k\":[]},{\"k\":[]}]", 0, "([{ [].k:[][].k[]}[]{ [].k:[][].k[]}[]][])");
    /* Escapes; a pair of halves is one character, and a half alone is none. */
    hears("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\"]", 0,
          "([\"0=\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac#0][])");
    hears("[\"\\ud83d\\ude00\\ud83d!\\udc00\\ud83d\"]", 0,
          "([\"0=\xf0\x9f\x98\x80\xef\xbf\xbd!\xef\xbf\xbd\xef\xbf\xbd#0][])");
}

static void long_texts(void) {
    char text[700];
    int n;

    /* A long string comes in pieces; the last one may be empty. */
    for (n = 0; n < 2; n++) {
        memset(text, 'x', sizeof(text));
        text[0] = '[', text[1] = '"';
        strcpy(text + 2 + LEJP_STRING_CHUNK * 2 + n, "\"]");
        check(!parse(text, sizeof(text), NULL) && !strcmp(heard, n ? "([\"+254+2540=x#0][])" : "([\"+254+2540=#0][])"));
    }
    /* Deeper, longer, wider than there is room for: refused, never beyond it. */
    memset(text, '[', 100);
    text[100] = '\0';
    check(parse(text, 1, NULL) == LEJP_REJECT_MP_DELIM_ISTACK);
    for (n = 0; n < 100; n += 5)
        memcpy(text + n, "{\"a\":", 5);
    check(parse(text, 1, NULL) == LEJP_REJECT_STACK_OVERFLOW);
    memset(text, 'n', sizeof(text));
    text[0] = '{', text[1] = '"', text[sizeof(text) - 1] = '\0';
    check(parse(text, 1, NULL) == LEJP_REJECT_STACK_OVERFLOW);
    memset(text, '9', sizeof(text));
    text[0] = '[', text[sizeof(text) - 1] = '\0';
    check(parse(text, 1, NULL) == LEJP_REJECT_NUM_TOO_LONG);
}

static void bad_texts(void) {
    static const struct {
        const char *text;
        int reason;
    } bad[] = {
        { "x", LEJP_REJECT_IDLE_NO_BRACE },
        { "\"s\"", LEJP_REJECT_IDLE_NO_BRACE },
        { "{x", LEJP_REJECT_MP_NO_OPEN_QUOTE },
        { "{\"a\":1,}", LEJP_REJECT_MP_NO_OPEN_QUOTE },
        { "[\"\x01\"]", LEJP_REJECT_MP_ILLEGAL_CTRL },
        { "[\"\n\"]", LEJP_REJECT_MP_ILLEGAL_CTRL },
        { "[\"\\x\"]", LEJP_REJECT_MP_STRING_ESC_ILLEGAL_ESC },
        { "[\"\\u00g0\"]", LEJP_REJECT_ILLEGAL_HEX },
        { "{\"a\" 1}", LEJP_REJECT_MP_DELIM_MISSING_COLON },
        { "{\"a\":}", LEJP_REJECT_MP_DELIM_BAD_VALUE_START },
        { "[1.]", LEJP_REJECT_MP_VAL_NUM_INT_NO_FRAC },
        { "[1.e5]", LEJP_REJECT_MP_VAL_NUM_INT_NO_FRAC },
        { "[-]", LEJP_REJECT_MP_VAL_NUM_FORMAT },
        { "[.5]", LEJP_REJECT_MP_DELIM_BAD_VALUE_START },
        { "[1e]", LEJP_REJECT_MP_VAL_NUM_EXP_BAD_EXP },
        { "[1e+-5]", LEJP_REJECT_MP_VAL_NUM_EXP_BAD_EXP },
        { "[1e5.5]", LEJP_REJECT_MP_C_OR_E_NEITHER },
        { "[1-2]", LEJP_REJECT_MP_C_OR_E_NEITHER },
        { "[truth]", LEJP_REJECT_MP_VAL_TOK_UNKNOWN },
        { "[true1]", LEJP_REJECT_MP_C_OR_E_NEITHER },
        { "{\"a\":1]", LEJP_REJECT_MP_C_OR_E_NOTARRAY },
        { "{\"a\":]", LEJP_REJECT_MP_C_OR_E_NOTARRAY },
        { "[1}", LEJP_REJECT_MP_ARRAY_END_MISSING },
    };
    size_t n, step;

    for (n = 0; n < LWS_ARRAY_SIZE(bad); n++)
        for (step = 1; step < 9; step++) {
            if (parse(bad[n].text, step, NULL) != bad[n].reason)
                printf("%s\n", bad[n].text);
            check(parse(bad[n].text, step, NULL) == bad[n].reason && heard[strlen(heard) - 1] == '!');
            check(strcmp(lejp_error_to_string(bad[n].reason), lejp_error_to_string(-99)));
        }
    check(parse("{\"a\":{\"b\":[\"x\"", 4, NULL) == LEJP_CONTINUE);
}

static void refusals(void) {
    static const char text[] = "{\"a\":[1,1.5,\"s\",true,false,null,{}]}";
    static const char heard_reasons[] = {
        LEJPCB_COMPLETE, LEJPCB_PAIR_NAME, LEJPCB_VAL_STR_START, LEJPCB_VAL_STR_END, LEJPCB_ARRAY_START, LEJPCB_ARRAY_END,
        LEJPCB_OBJECT_START, LEJPCB_OBJECT_END, LEJPCB_VAL_TRUE, LEJPCB_VAL_FALSE, LEJPCB_VAL_NULL, LEJPCB_VAL_NUM_INT,
        LEJPCB_VAL_NUM_FLOAT
    };
    char reason = LEJPCB_FAILED;
    size_t n;

    for (n = 0; n < sizeof(heard_reasons); n++) {
        reason = heard_reasons[n];
        check(parse(text, 3, &reason) == LEJP_REJECT_CALLBACK && heard[strlen(heard) - 1] == '!');
    }
    reason = LEJPCB_START; /* what it returns there is not asked for */
    check(!parse(text, 3, &reason));
}

/* Members of "inner" are another's. */
static signed char on_inner(struct lejp_ctx *ctx, char reason) {
    if (reason == LEJPCB_VAL_NUM_INT)
        hear(" inner %s %d=%s", ctx->path, ctx->path_match, ctx->buf);
    if (reason == LEJPCB_OBJECT_END)
        check(!lejp_parser_pop(ctx));
    return 0;
}

static signed char on_outer(struct lejp_ctx *ctx, char reason) {
    static const char *const inner[] = { "one", "two" };

    if (reason == LEJPCB_VAL_NUM_INT)
        hear(" outer %s %d=%s", ctx->path, ctx->path_match, ctx->buf);
    if (reason == LEJPCB_OBJECT_START && ctx->path_match == 1)
        check(!lejp_parser_push(ctx, heard, inner, LWS_ARRAY_SIZE(inner), on_inner));
    return 0;
}

static void handing_on(void) {
    static const char text[] = "{\"inner\":{\"one\":1,\"two\":2},\"two\":3,\"inner\":{\"two\":4}}";
    static const char *const outer[] = { "inner", "two" };
    struct lejp_ctx ctx;
    int n;

    heard[0] = '\0';
    lejp_construct(&ctx, on_outer, NULL, outer, LWS_ARRAY_SIZE(outer));
    check(!lejp_parse(&ctx, (const unsigned char *)text, (int)strlen(text)));
    check(!strcmp(heard, " inner one 1=1 inner two 2=2 outer two 2=3 inner two 2=4"));
    check(lejp_parser_pop(&ctx) == -1);
    for (n = 1; n < LEJP_MAX_PARSING_STACK_DEPTH; n++)
        check(!lejp_parser_push(&ctx, NULL, NULL, 5, NULL));
    check(lejp_parser_push(&ctx, NULL, NULL, 0, NULL) == -1);
    lejp_change_callback(&ctx, on_inner);
    lejp_destruct(&ctx);
}

/* Texts with bytes that are anything, in pieces of any length: the sanitizers watch. */
static void anything(void) {
    static const char bytes[] = "{}[]\",:\\u0d8e+-.truefalsn 1#\n\x01\xff";
    static const char text[] = "{\"a\":{\"b\":[1,-2.5e3,\"x\\ud83d\\ude00\",true,null,{\"n\":{}}]},\"list\":[[1],[2]]}";
    uint32_t random = 1;
    char copy[sizeof(text)];
    int round, change;

    for (round = 0; round < 20000; round++) {
        memcpy(copy, text, sizeof(text));
        for (change = 0; change < 4; change++) {
            random = random * 1664525 + 1013904223;
            copy[random / 65536 % (sizeof(text) - 1)] = bytes[random / 16 % (sizeof(bytes) - 1)];
        }
        parse(copy, random % 7 + 1, NULL);
    }
}

static void nonsense(void) {
    struct lejp_ctx ctx;
    char text[8] = "x";

    lejp_construct(NULL, NULL, NULL, NULL, 5);
    lejp_destruct(NULL);
    lejp_change_callback(NULL, NULL);
    lejp_check_path_match(NULL);
    check(lejp_parse(NULL, (const unsigned char *)"{}", 2) == LEJP_REJECT_UNKNOWN);
    check(lejp_parser_push(NULL, NULL, NULL, 0, NULL) == -1 && lejp_parser_pop(NULL) == -1);
    check(lejp_get_wildcard(NULL, 0, text, 8) == 0 && lejp_error_to_string(5)[0] && lejp_error_to_string(INT_MIN)[0]);
    /* Without paths or a callback it is but checked. */
    lejp_construct(&ctx, NULL, NULL, NULL, 5);
    check(lejp_parse(&ctx, NULL, 5) == LEJP_CONTINUE && lejp_parse(&ctx, (const unsigned char *)"{}", -5) == LEJP_CONTINUE);
    check(lejp_parse(&ctx, (const unsigned char *)"{\"a\":1}", 7) == 0);
    check(lejp_get_wildcard(&ctx, -1, text, 8) == 0 && lejp_get_wildcard(&ctx, 99, NULL, 0) == 0);
    /* A context that was overwritten is noticed, or does no harm. */
    memset(&ctx, 0xff, sizeof(ctx));
    memset(ctx.pst, 0, sizeof(ctx.pst));
    check(lejp_parse(&ctx, (const unsigned char *)"{\"a\":1}", 7) < 0);
    check(lejp_parser_push(&ctx, NULL, NULL, 0, NULL) == -1 && lejp_get_wildcard(&ctx, 3, text, 8) == 0);
}

int main(void) {
    good_texts();
    long_texts();
    bad_texts();
    refusals();
    handing_on();
    anything();
    nonsense();
    return 0;
}
