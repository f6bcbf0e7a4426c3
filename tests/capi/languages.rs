//! The header in C99, C11 and C++17, with every warning an error.

use super::compiler::compile;

/// Uses what is a macro or an inline function: what only stands there would not be looked at.
const USES: &str = r#"
#include <libwebsockets.h>

struct item { int number; struct item *next; struct lws_dll2 node; uint32_t tail; };

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    (void)in;
    if (reason == LWS_CALLBACK_RECEIVE)
        lwsl_user("%s: %d\n", lws_wsi_tag(wsi), (int)len);
    lwsl_info("not compiled in %d\n", 1);
    lwsl_wsi_warn(wsi, "%p", user);
    return lws_callback_http_dummy(wsi, reason, user, in, len);
}

static const struct lws_protocols protocols[] = { { "http", callback, 0, 0, 0, NULL, 0 }, LWS_PROTOCOL_LIST_TERM };

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;
    struct item *first = NULL, item = { 1, NULL, { NULL, NULL, NULL }, 0 };
    struct lws_dll2_owner owner = { NULL, NULL, 0 };
    struct lws_ring *ring = lws_ring_create(sizeof(int), 4, NULL);
    int sum = 0;

    memset(&info, 0, sizeof(info));
    lws_cmdline_option_handle_builtin(argc, argv, &info);
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    lws_ll_fwd_insert(&item, next, first);
    lws_start_foreach_llp(struct item **, each, first) { sum += (*each)->number; } lws_end_foreach_llp(each, next);
    lws_start_foreach_llp_safe(struct item **, each, first, next) { sum += (*each)->number; }
    lws_end_foreach_llp_safe(each);
    lws_ll_fwd_remove(struct item, next, &item, first);
    lws_dll2_add_tail(&item.node, &owner);
    lws_start_foreach_dll_safe(struct lws_dll2 *, d, d1, lws_dll2_get_head(&owner)) {
        sum += lws_container_of(d, struct item, node)->number;
    } lws_end_foreach_dll_safe(d, d1);
    lws_ring_consume_and_update_oldest_tail(ring, struct item, &item.tail, 1, first, tail, next);
    lws_ring_consume_single_tail(ring, &item.tail, 1);
    sum += lws_write_ws_flags(LWS_WRITE_TEXT, 1, 0) + (int)LWS_ARRAY_SIZE(protocols);
    sum += lws_ptr_diff(&argv[1], &argv[0]);
    return lws_service(lws_create_context(&info), sum + (int)LWS_US_TO_MS(500));
}
"#;

const STRICT: &[&str] = &["-Wall", "-Wextra", "-Werror", "-pedantic"];

fn takes(compiler: &str, language: &[&str]) {
    let arguments = [language, STRICT].concat();
    compile(compiler, &arguments, USES).expect("a C and a C++ compiler").unwrap();
}

#[test]
fn c99() {
    takes("cc", &["-std=c99", "-xc"]);
}

#[test]
fn c11() {
    takes("cc", &["-std=c11", "-xc"]);
}

#[test]
fn cpp17() {
    takes("c++", &["-std=c++17", "-xc++"]);
}
