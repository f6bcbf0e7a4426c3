/* What stands alone: timers, strings, JSON, base64, dates, URIs, command lines, tokens, addresses. Ends with 0, or says what is wrong. */
#include <libwebsockets.h>

#include "check.h"

static void escapes(void) {
    static const char nasty[] = "a\"b\\\n\x01'";
    char text[32];
    int used = -1;

    check(lws_json_purify(text, nasty, sizeof(text), &used) == text && used == 7);
    check(!strcmp(text, "a\\\"b\\\\\\n\\u0001'") && lws_json_purify_len(nasty) == (int)strlen(text));
    /* What does not fit whole is left out: no half of an escape. */
    check(lws_json_purify(text, nasty, 12, &used) == text && used == 5 && !strcmp(text, "a\\\"b\\\\\\n"));
    check(lws_json_purify(text, NULL, sizeof(text), NULL) == text && !text[0] && lws_json_purify_len(NULL) == 0);
    check(!lws_json_purify(NULL, nasty, 5, &used) && used == 0);
    check(lws_sql_purify(text, "it's", sizeof(text)) == text && !strcmp(text, "it''s") && lws_sql_purify_len("it's") == 5);
    check(!lws_sql_purify(NULL, "it's", 9) && lws_sql_purify(text, "a''", 4) == text && !strcmp(text, "a''"));
    check(lws_sql_purify_len(NULL) == 0);
}

static void strings(void) {
    char text[16];
    size_t length;
    const char *json = "{\"name\": \"a \\\"b\\\"\", \"size\":12,\"on\":true}", *found;

    /* What was cut off is as long as the room, so that programs see it. */
    check(lws_snprintf(text, sizeof(text), "%s", "longer than sixteen") == 16 && strlen(text) == 15);
    check(lws_snprintf(text, 6, "short") == 5 && lws_snprintf(text, 5, "short") == 5 && !strcmp(text, "shor"));
    /* As strncpy does: a structure that is sent or stored holds nothing of before. */
    memset(text, 'x', sizeof(text));
    check(lws_strncpy(text, "short", sizeof(text)) == text && !memcmp(text, "short\0\0\0\0\0\0\0\0\0\0", sizeof(text)));
    strcpy(text, "../a/..\\C:x.gz");
    lws_filename_purify_inplace(text);
    check(!strcmp(text, "___a____C_x.gz"));
    lws_filename_purify_inplace(NULL);
    lws_strnncpy(text, "sliced here", 6, sizeof(text));
    check(!strcmp(text, "sliced"));
    found = lws_json_simple_find(json, strlen(json), "\"name\":", &length);
    check(found && length == 7 && !strncmp(found, "a \\\"b\\\"", 7));
    found = lws_json_simple_find(json, strlen(json), "\"size\":", &length);
    check(found && length == 2 && !strncmp(found, "12", 2));
    check(!lws_json_simple_find(json, strlen(json), "\"none\":", &length));
    check(!lws_json_simple_strcmp(json, strlen(json), "\"on\":", "true"));
    check(lws_nstrstr(json, strlen(json), "size", 4) == json + 21);
    escapes();
    check(!lws_timingsafe_bcmp("same", "same", 4) && lws_timingsafe_bcmp("same", "sane", 4));
}

static void encodings(void) {
    char text[64], other[64];
    unsigned char digest[20];
    uint8_t bytes[8];

    check(lws_b64_encode_string("hello", 5, text, sizeof(text)) == 8 && !strcmp(text, "aGVsbG8="));
    check(lws_b64_encode_string("hello", 5, text, 8) == -1);
    check(lws_b64_decode_string("aGVsbG8=", other, sizeof(other)) == 5 && !strcmp(other, "hello"));
    check(lws_b64_decode_string("aGVsbG8", other, 6) == 5 && !strcmp(other, "hello"));
    check(lws_b64_decode_string("aGVsbG8=", other, 5) == -1 && lws_b64_decode_string("", other, 1) == 0);
    check(lws_b64_decode_string("a", other, sizeof(other)) == -1 && lws_b64_decode_string("a*==", other, 8) == -1);
    check(lws_b64_encode_string_url("\xfb\xff\xbf", 3, text, sizeof(text)) == 4 && !strcmp(text, "-_-_"));
    check(lws_b64_encode_string("\xfb\xff\xbf", 3, text, 5) == 4 && !strcmp(text, "+/+/"));
    check(lws_SHA1((const unsigned char *)"abc", 3, digest) == digest && digest[0] == 0xa9 && digest[19] == 0x9d);
    lws_hex_from_byte_array(digest, 4, text, sizeof(text));
    check(!strcmp(text, "a9993e36"));
    check(lws_hex_to_byte_array(text, bytes, sizeof(bytes)) == 4 && bytes[3] == 0x36);
    check(lws_hex_to_byte_array("xx", bytes, sizeof(bytes)) == -1);
    check(lws_http_basic_auth_gen("user", "password", text, sizeof(text)) == 0);
    check(!strcmp(text, "Basic dXNlcjpwYXNzd29yZA=="));
    check(lws_http_basic_auth_gen("user", "password", text, 10) == 1);
    check(!strcmp(lws_urlencode(text, "a b/c&d", sizeof(text)), "a+b%2Fc%26d"));
    check(lws_urldecode(other, text, sizeof(other)) == 0 && !strcmp(other, "a b/c&d"));
    check(lws_urldecode(other, "%zz", sizeof(other)) == -1 && lws_urldecode(other, "abc%4", sizeof(other)) == -1);
    check(lws_urldecode(other, "%61bc", 4) == 0 && !strcmp(other, "abc") && lws_urldecode(other, "abcd", 4) == -1);
    /* Where it lies. */
    check(lws_urldecode(text, text, sizeof(text)) == 0 && !strcmp(text, "a b/c&d"));
    strcpy(text, "aGVs\nbG8=");
    check(lws_b64_decode_string(text, text, sizeof(text)) == 5 && !strcmp(text, "hello"));
    strcpy(text, "aGVsbG8=");
    check(lws_b64_decode_string_len(text, 8, text, sizeof(text)) == 5 && !strcmp(text, "hello"));
}

/* "hello world" in base64, a few bytes at a time. */
static void base64_in_pieces(void) {
    static const char encoded[] = "aGVs\r\nbG8gd29ybGQ=";
    static const char *const wrong[] = { "a", "====", "aGV*", "aG=s" };
    size_t step, taken, given, in, out;
    struct lws_b64state state;
    char text[32];

    for (step = 1; step < sizeof(encoded); step++) {
        lws_b64_decode_state_init(&state);
        for (taken = 0, given = 0; taken < sizeof(encoded) - 1; taken += in, given += out) {
            in = taken + step < sizeof(encoded) - 1 ? step : sizeof(encoded) - 1 - taken;
            out = sizeof(text) - given;
            check(!lws_b64_decode_stateful(&state, encoded + taken, &in, (uint8_t *)text + given, &out, 0) && in > 0);
        }
        in = 0;
        out = sizeof(text) - given;
        check(!lws_b64_decode_stateful(&state, "", &in, (uint8_t *)text + given, &out, 1));
        check(given + out == 11 && state.done == 11 && !strcmp(text, "hello world"));
    }
    /* No more than there is room for: the rest waits. */
    lws_b64_decode_state_init(&state);
    in = sizeof(encoded) - 1;
    out = 4;
    check(!lws_b64_decode_stateful(&state, encoded, &in, (uint8_t *)text, &out, 0) && in == 4 && out == 3);
    check(!strcmp(text, "hel"));
    lws_b64_decode_state_init(&state);
    in = 4;
    out = sizeof(text);
    check(!lws_b64_decode_stateful(&state, "-_-_", &in, (uint8_t *)text, &out, 1) && out == 3 && (uint8_t)text[0] == 0xfb);
    for (step = 0; step < LWS_ARRAY_SIZE(wrong); step++) {
        lws_b64_decode_state_init(&state);
        in = strlen(wrong[step]);
        out = sizeof(text);
        check(lws_b64_decode_stateful(&state, wrong[step], &in, (uint8_t *)text, &out, 1) == -1);
    }
    lws_b64_decode_state_init(NULL);
    check(lws_b64_decode_stateful(NULL, "aaaa", &in, (uint8_t *)text, &out, 1) == -1);
    check(lws_b64_decode_stateful(&state, NULL, NULL, NULL, NULL, 1) == -1);
    memset(&state, 0x7f, sizeof(state));
    in = 4;
    out = sizeof(text);
    lws_b64_decode_stateful(&state, "aaaa", &in, (uint8_t *)text, &out, 1);
}

/* FIPS 180-4's and RFC 4231's examples, in pieces. */
static void hashes(void) {
    uint8_t result[LWS_GENHASH_LARGEST];
    struct lws_genhash_ctx hash;
    struct lws_genhmac_ctx hmac;
    char text[80];

    check(!lws_genhash_init(&hash, LWS_GENHASH_TYPE_SHA256) && !lws_genhash_update(&hash, "a", 1));
    check(!lws_genhash_update(&hash, "bc", 2) && !lws_genhash_destroy(&hash, result));
    lws_hex_from_byte_array(result, lws_genhash_size(LWS_GENHASH_TYPE_SHA256), text, sizeof(text));
    check(!strcmp(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    check(!lws_genhash_init(&hash, LWS_GENHASH_TYPE_SHA1) && !lws_genhash_update(&hash, "abc", 3));
    check(!lws_genhash_update(&hash, NULL, 3) && !lws_genhash_destroy(&hash, result));
    lws_hex_from_byte_array(result, lws_genhash_size(LWS_GENHASH_TYPE_SHA1), text, sizeof(text));
    check(!strcmp(text, "a9993e364706816aba3e25717850c26c9cd0d89d"));
    check(!lws_genhmac_init(&hmac, LWS_GENHMAC_TYPE_SHA256, (const uint8_t *)"Jefe", 4));
    check(!lws_genhmac_update(&hmac, "what do ya want ", 16) && !lws_genhmac_update(&hmac, "for nothing?", 12));
    check(!lws_genhmac_destroy(&hmac, result));
    lws_hex_from_byte_array(result, lws_genhmac_size(LWS_GENHMAC_TYPE_SHA256), text, sizeof(text));
    check(!strcmp(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    /* Given up: nothing is written, nothing leaks. */
    check(!lws_genhmac_init(&hmac, LWS_GENHMAC_TYPE_SHA256, NULL, 0) && !lws_genhmac_destroy(&hmac, NULL));
    check(!lws_genhash_init(&hash, LWS_GENHASH_TYPE_SHA1) && !lws_genhash_destroy(&hash, NULL));
    check(lws_genhash_update(&hash, "x", 1) && lws_genhash_destroy(&hash, result) && lws_genhmac_update(&hmac, "x", 1));
    check(lws_genhmac_destroy(&hmac, result));
    /* What is not there, and what is nothing. */
    lws_set_log_level(0, NULL);
    check(lws_genhash_init(&hash, LWS_GENHASH_TYPE_MD5) && lws_genhash_init(NULL, LWS_GENHASH_TYPE_SHA1));
    check(lws_genhash_update(NULL, "x", 1) && lws_genhash_destroy(NULL, result) && lws_genhash_update(&hash, "x", 1));
    check(lws_genhmac_init(&hmac, LWS_GENHMAC_TYPE_SHA512, NULL, 0) && lws_genhmac_init(NULL, LWS_GENHMAC_TYPE_SHA256, NULL, 0));
    check(lws_genhmac_update(&hmac, "x", 1) && lws_genhmac_update(NULL, "x", 1) && lws_genhmac_destroy(NULL, result));
    check(!lws_genhash_size(LWS_GENHASH_TYPE_UNKNOWN) && !lws_genhmac_size(LWS_GENHMAC_TYPE_UNKNOWN));
}

static void numbers(void) {
    uint8_t bytes[8];

    lws_ser_wu16be(bytes, 0x0102);
    check(bytes[0] == 1 && bytes[1] == 2 && lws_ser_ru16be(bytes) == 0x0102);
    lws_ser_wu32be(bytes, 0x01020304);
    check(bytes[3] == 4 && lws_ser_ru32be(bytes) == 0x01020304);
    lws_ser_wu64be(bytes, 0x0102030405060708);
    check(bytes[7] == 8 && lws_ser_ru64be(bytes) == 0x0102030405060708);
    lws_ser_wu16be(NULL, 1);
    lws_ser_wu32be(NULL, 1);
    lws_ser_wu64be(NULL, 1);
    check(!lws_ser_ru16be(NULL) && !lws_ser_ru32be(NULL) && !lws_ser_ru64be(NULL));
}

static void dates(void) {
    static const char known[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    time_t time = 784111777, before = -1;
    char text[32];

    check(!lws_http_date_render_from_unix(text, sizeof(text), &time) && !strcmp(text, known));
    time = 0;
    check(!lws_http_date_parse_unix(known, strlen(known), &time) && time == 784111777);
    check(lws_http_date_render_from_unix(text, 29, &time) == -1 && lws_http_date_render_from_unix(text, 32, NULL) == -1);
    check(lws_http_date_render_from_unix(NULL, 0, &time) == -1 && lws_http_date_render_from_unix(text, 32, &before) == -1);
    check(lws_http_date_parse_unix("yesterday", 9, &time) == -1 && lws_http_date_parse_unix(known, 29, NULL) == -1);
    check(lws_http_date_parse_unix(NULL, 29, &time) == -1 && time == 784111777);
}

static void uris(void) {
    char uri[] = "https://example.com:8443/path?q=1", bare[] = "ws://[::1]", none[] = "http://h:99999/", empty[] = "http://h:/x";
    const char *scheme, *host, *path;
    int port = 1;

    check(!lws_parse_uri(uri, &scheme, &host, &port, &path));
    check(!strcmp(scheme, "https") && !strcmp(host, "example.com") && port == 8443 && !strcmp(path, "path?q=1"));
    check(!lws_parse_uri(bare, &scheme, &host, &port, &path) && !strcmp(host, "::1") && port == 80 && !strcmp(path, "/"));
    check(lws_parse_uri(none, &scheme, &host, &port, &path));
    check(!lws_parse_uri(empty, &scheme, &host, &port, &path) && !strcmp(host, "h") && port == 80 && !strcmp(path, "x"));
}

static void command_lines(void) {
    const char *argv[] = { "program", "-p7000", "--name", "value", "-v" };
    const char *twice[] = { "program", "--port=7", "-v", "--port=8", "-v", "9" };

    check(!strcmp(lws_cmdline_option(5, argv, "-p"), "7000"));
    check(!strcmp(lws_cmdline_option(5, argv, "--name"), "value"));
    check(!strcmp(lws_cmdline_option(5, argv, "-v"), ""));
    check(!lws_cmdline_option(5, argv, "-x"));
    /* As with libwebsockets: no equals sign, and the last one counts. */
    check(!strcmp(lws_cmdline_option(6, twice, "--port"), "8") && !strcmp(lws_cmdline_option(2, twice, "--port"), "7"));
    check(!strcmp(lws_cmdline_option(6, twice, "-v"), "9"));
}

static struct lws_context *context;
static lws_sorted_usec_list_t first, second, third;
static char called[8];
static int wakened, rounds;

static void on_timer(lws_sorted_usec_list_t *sul) {
    strcat(called, sul == &first ? "1" : sul == &second ? "2" : "3");
    if (sul == &first && ++rounds < 3)
        lws_sul_schedule(context, 0, &first, on_timer, 1000);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    (void)wsi, (void)user, (void)in, (void)len;
    wakened += reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED;
    return 0;
}

/* Takes a text apart, and writes what it finds: a letter for the kind of each element, and the element. */
static const char *apart(const char *text, int flags) {
    static const char kinds[] = "USFNL.dtif=:q";
    static char found[512];
    struct lws_tokenize ts;
    lws_tokenize_elem e;
    char element[64];
    size_t length = 0;

    lws_tokenize_init(&ts, text, flags);
    do {
        e = lws_tokenize(&ts);
        check(!lws_tokenize_cstr(&ts, element, sizeof(element)));
        length += (size_t)lws_snprintf(found + length, sizeof(found) - length, "%c%s ", kinds[e + LWS_TOKZE_ERRS], element);
    } while (e > 0);
    return found;
}

static void tokens(void) {
    struct lws_tokenize ts;
    char element[4];

    check(!strcmp(apart(" one_1, two;q=0.5\r\n", 0), "tone_1 d, ttwo d; =q f0.5 . "));
    check(!strcmp(apart("a-b.c/d*e", 0), "ta d- tb d. tc d/ td d* te . "));
    check(!strcmp(apart("a-b.c/d*e", LWS_TOKENIZE_F_MINUS_NONTERM | LWS_TOKENIZE_F_DOT_NONTERM |
                        LWS_TOKENIZE_F_SLASH_NONTERM | LWS_TOKENIZE_F_ASTERISK_NONTERM), "ta-b.c/d*e . "));
    check(!strcmp(apart("a = b", LWS_TOKENIZE_F_EQUALS_NONTERM), "ta t= tb . "));
    check(!strcmp(apart("it's!, x", LWS_TOKENIZE_F_RFC7230_DELIMS), "tit's! d, tx . "));
    check(!strcmp(apart("name : \"a, b\" 7", LWS_TOKENIZE_F_AGG_COLON), ":name qa, b i7 . "));
    // As to the asterisk, versions differ: 4.1 has it in tokens of RFC 7230, as the RFC does.
    check(!strcmp(apart("a*b", LWS_TOKENIZE_F_RFC7230_DELIMS), "ta*b . ") && !strcmp(apart("a\fb", 0), "ta tb . "));
    check(!strcmp(apart("a*b", LWS_TOKENIZE_F_ASTERISK_NONTERM), "ta*b . ") && !strcmp(apart("a*b", 0), "ta d* tb . "));
    check(!strcmp(apart("a#b", LWS_TOKENIZE_F_RFC7230_DELIMS), "ta#b . "));
    check(!strcmp(apart("a#b", LWS_TOKENIZE_F_RFC7230_DELIMS | LWS_TOKENIZE_F_HASH_COMMENT), "ta . "));
    /* A number may have a colon behind it, as a time or an address has. */
    check(!strcmp(apart("12:30 : 1.5:", LWS_TOKENIZE_F_AGG_COLON), ":12 :30 :1.5 . "));
    check(!strcmp(apart("192.168.0.1", LWS_TOKENIZE_F_NO_FLOATS | LWS_TOKENIZE_F_DOT_NONTERM), "t192.168.0.1 . "));
    check(!strcmp(apart("192.168.0.1", 0), "F "));
    check(!strcmp(apart("8 8x", LWS_TOKENIZE_F_NO_INTEGERS), "t8 t8x . ") && !strcmp(apart("8 8x", 0), "i8 t8x . "));
    check(!strcmp(apart("8 = x", 0), "N8 ") && !strcmp(apart("\"open", 0), "S ") && !strcmp(apart("a\xc3", 0), "U "));
    check(!strcmp(apart("# none\na # b\n#", LWS_TOKENIZE_F_HASH_COMMENT), "ta . "));
    check(!strcmp(apart("a, b=c", LWS_TOKENIZE_F_COMMA_SEP_LIST), "ta d, =b tc . ") && !strcmp(apart("", LWS_TOKENIZE_F_COMMA_SEP_LIST), ". "));
    check(!strcmp(apart("a b", LWS_TOKENIZE_F_COMMA_SEP_LIST), "ta Lb ") && !strcmp(apart("a,,", LWS_TOKENIZE_F_COMMA_SEP_LIST), "ta d, L, "));
    check(!strcmp(apart("a,", LWS_TOKENIZE_F_COMMA_SEP_LIST), "ta d, L ") && !strcmp(apart(",a", LWS_TOKENIZE_F_COMMA_SEP_LIST), "L, "));
    /* Commas alone separate. */
    check(!strcmp(apart("a;b", LWS_TOKENIZE_F_COMMA_SEP_LIST), "ta L; "));
    lws_tokenize_init(&ts, "four five", 0);
    ts.len = 4;
    check(lws_tokenize(&ts) == LWS_TOKZE_TOKEN && ts.token_len == 4 && lws_tokenize_cstr(&ts, element, sizeof(element)) == 1);
    check(lws_tokenize(&ts) == LWS_TOKZE_ENDED && lws_tokenize(&ts) == LWS_TOKZE_ENDED);
}

/* ${animal} and ${long}, the latter 300 bytes. */
static int value(void *priv, const char *name, char *out, size_t *pos, size_t olen, size_t *exp_ofs) {
    check(priv == &second);
    if (strcmp(name, "animal") && strcmp(name, "long"))
        return LSTRX_FATAL_NAME_UNKNOWN;
    while (*exp_ofs < (name[0] == 'a' ? 3u : 300u)) {
        if (*pos == olen)
            return LSTRX_FILLED_OUT;
        if (out)
            out[*pos] = name[0] == 'a' ? "fox"[*exp_ofs] : 'x';
        ++*pos;
        ++*exp_ofs;
    }
    return LSTRX_DONE;
}

static void expansions(void) {
    static const char text[] = "The ${animal} costs 5$ ($6): ${long}.";
    char out[8], whole[512];
    size_t in = 0, taken, made, length = 0;
    lws_strexp_t exp;
    int result;

    lws_strexp_init(&exp, &second, value, NULL, (size_t)-1);
    check(lws_strexp_expand(&exp, text, strlen(text), &taken, &made) == LSTRX_DONE && taken == strlen(text) && made == 324);
    /* In pieces of at most five bytes, out of eight. */
    lws_strexp_init(&exp, &second, value, out, sizeof(out));
    do {
        size_t piece = strlen(text) - in < 5 ? strlen(text) - in : 5;

        result = lws_strexp_expand(&exp, text + in, piece, &taken, &made);
        check(result == LSTRX_DONE || (result == LSTRX_FILLED_OUT && made == sizeof(out)));
        in += taken;
        memcpy(whole + length, out, made);
        length += made;
        lws_strexp_reset_out(&exp, out, sizeof(out));
    } while (in < strlen(text));
    check(length == 324 && !memcmp(whole, "The fox costs 5$ ($6): xxx", 26) && whole[323] == '.');
    lws_strexp_init(&exp, &second, value, whole, sizeof(whole));
    check(lws_strexp_expand(&exp, "a ${cat}", 8, &taken, &made) == LSTRX_FATAL_NAME_UNKNOWN && taken == 7 && made == 2);
    lws_strexp_init(&exp, &second, value, whole, sizeof(whole));
    check(lws_strexp_expand(&exp, "${aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}", 39, NULL, NULL) == LSTRX_FATAL_NAME_TOO_LONG);
    lws_strexp_init(&exp, &second, value, whole, sizeof(whole));
    check(lws_strexp_expand(&exp, "${animal}!", 10, NULL, NULL) == LSTRX_DONE && !strcmp(whole, "fox!"));
    /* Full: there was no room for the zero byte, and whoever takes it for a string learns that. */
    lws_strexp_init(&exp, &second, value, out, 4);
    check(lws_strexp_expand(&exp, "four", 4, &taken, &made) == LSTRX_FILLED_OUT && taken == 4 && made == 4);
    lws_strexp_init(&exp, &second, value, out, 4);
    check(lws_strexp_expand(&exp, "a${animal}", 10, &taken, &made) == LSTRX_FILLED_OUT && taken == 10 && made == 4);
    lws_strexp_init(&exp, &second, value, out, 5);
    check(lws_strexp_expand(&exp, "four", 4, &taken, &made) == LSTRX_DONE && taken == 4 && !strcmp(out, "four"));
    check(!lws_strcmp_wildcard("/a*.html", 8, "/abc.html", 9) && lws_strcmp_wildcard("/a*.html", 8, "/b.html", 7) == 1);
}

static void addresses(void) {
    lws_sockaddr46 one, other;
    uint8_t octets[16];
    char text[48];

    check(!lws_sa46_parse_numeric_address("192.168.1.7", &one) && one.sa4.sin_family == AF_INET);
    check(one.sa4.sin_addr.s_addr == htonl(0xc0a80107) && !one.sa4.sin_port);
    check(!lws_sa46_write_numeric_address(&one, text, sizeof(text)) && !strcmp(text, "192.168.1.7"));
    check(!lws_sa46_parse_numeric_address("192.168.1.0", &other) && lws_sa46_compare_ads(&one, &other));
    check(!lws_sa46_on_net(&one, &other, 24) && lws_sa46_on_net(&one, &other, 32) == 1);
    check(!lws_sa46_parse_numeric_address("fe80::1:2", &other) && other.sa6.sin6_family == AF_INET6);
    check(!lws_sa46_write_numeric_address(&other, text, sizeof(text)) && !strcmp(text, "fe80::1:2"));
    check(!lws_sa46_compare_ads(&other, &other) && lws_sa46_compare_ads(&one, &other) == 1);
    check(lws_sa46_write_numeric_address(&other, text, 5) == -1 && !text[0]);
    check(lws_sa46_parse_numeric_address("192.168.1", &one) == -1 && lws_sa46_parse_numeric_address("x", &one) == -1);
    check(lws_parse_numeric_address("10.0.2.2", octets, sizeof(octets)) == 4 && octets[0] == 10 && octets[3] == 2);
    check(lws_parse_numeric_address("::1", octets, 15) == -1 && lws_parse_numeric_address("::1", octets, 16) == 16);
    check(!lws_write_numeric_address(octets, 16, text, sizeof(text)) && !strcmp(text, "::1"));
    check(lws_write_numeric_address(octets, 5, text, sizeof(text)) == -1);
}

static const struct lws_protocols protocols[] = { { "timers", on_event, 0, 0, 0, NULL, 0 }, LWS_PROTOCOL_LIST_TERM };

static char logged[256];

static void on_log(int level, const char *line) {
    if (level == LLL_USER)
        lws_strncpy(logged, line, sizeof(logged));
}

static void timers(void) {
    static const uint32_t delays[] = { 1, 2 };
    static const lws_retry_bo_t policy = { delays, 2, 2, 0, 0, 10 };
    struct lws_context_creation_info info;
    struct lws_context *kept = NULL;
    uint16_t attempts = 0;
    lws_usec_t start = lws_now_usecs();

    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.pcontext = &kept;
    context = lws_create_context(&info);
    check(context && kept == context && !lws_create_context(&info));
    kept = context;
    lws_sul_schedule(context, 0, &second, on_timer, 20000);
    lws_sul_schedule(context, 0, &first, on_timer, 5000);
    lws_sul_schedule(context, 0, &third, on_timer, 1000000);
    lws_sul_schedule(context, 0, &third, on_timer, LWS_SET_TIMER_USEC_CANCEL);
    while (!strchr(called, '2') || strlen(called) < 4)
        check(lws_service(context, 1000) == 0);
    /* However slow the machine: the earlier first, each as often as it was set, none before its time. */
    check(called[0] == '1' && strlen(called) == 4 && lws_now_usecs() - start >= 20000);
    check(lws_retry_sul_schedule(context, 0, &third, &policy, on_timer, &attempts) == 0 && attempts == 1);
    check(lws_retry_sul_schedule(context, 0, &third, &policy, on_timer, &attempts) == 0 && attempts == 2);
    check(lws_retry_sul_schedule(context, 0, &third, &policy, on_timer, &attempts) == 1);
    while (!strchr(called, '3'))
        check(lws_service(context, 1000) == 0);
    lws_cancel_service(context);
    check(lws_service(context, 10000) == 0 && wakened == 1);
    lws_sul_schedule(context, 0, &first, on_timer, 1000000);
    lws_context_destroy(context);
    check(kept == NULL && lws_dll2_is_detached(&first.list));
}

int main(void) {
    strings();
    encodings();
    base64_in_pieces();
    hashes();
    numbers();
    dates();
    uris();
    command_lines();
    tokens();
    expansions();
    addresses();
    lws_set_log_level(LLL_USER | LLL_ERR, on_log);
    lwsl_user("number %d", 7);
    check(strstr(logged, "U: number 7\n"));
    lwsl_notice("not this one");
    check(strstr(logged, "number 7"));
    lwsl_cx_user(NULL, "number %d", 8);
    check(strstr(logged, "U: lws: number 8\n"));
    lwsl_wsi_user(NULL, "number %d", 9);
    check(strstr(logged, "U: (no wsi): number 9\n"));
    lwsl_vhost_notice(NULL, "not this one");
    lwsl_wsi_info(NULL, "nor this one");
    check(strstr(logged, "number 9"));
    timers();
    return 0;
}
