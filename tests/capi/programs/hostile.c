/*
 * Every function with NULL, and with values that are not meant: each gives an error value, none crashes. The sanitizers watch.
 * Ends with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    (void)wsi, (void)reason, (void)user, (void)in, (void)len;
    return 0;
}

static const struct lws_protocols protocols[] = { { "one", callback, 0, 0, 0, NULL, 0 }, LWS_PROTOCOL_LIST_TERM };

static void contexts_without(void) {
    struct lws_context_creation_info info;

    check(!lws_create_context(NULL));
    check(!lws_create_vhost(NULL, NULL));
    lws_context_destroy(NULL);
    lws_vhost_destroy(NULL);
    check(lws_service(NULL, 0) == 1 && lws_service_tsi(NULL, 0, 9) == 1);
    check(lws_service_adjust_timeout(NULL, 5, 0) == 5);
    check(lws_service_fd(NULL, NULL) == 1 && lws_service_fd_tsi(NULL, NULL, 9) == 1);
    check(!lws_vhd_find_by_pvo(NULL, NULL, NULL, NULL) && lws_init_vhost_client_ssl(NULL, NULL) == 1);
    check(lws_tls_cert_updated(NULL, NULL, NULL, NULL, 0, NULL, 0) == -1);
    check(lws_tls_client_vhost_extra_cert_mem(NULL, NULL, 5) == 1);
    check(lws_tls_session_dump_save(NULL, NULL, 443, NULL, NULL) == 1);
    check(lws_tls_session_dump_load(NULL, NULL, 443, NULL, NULL) == 1);
    lws_cancel_service(NULL);
    lws_cancel_service_pt(NULL);
    check(!lws_context_user(NULL) && lws_context_is_being_destroyed(NULL));
    check(lws_get_library_version() && lws_canonical_hostname(NULL) && lws_get_count_threads(NULL) == 1);
    check(!lws_get_vhost_by_name(NULL, NULL) && !lws_get_vhost_name(NULL) && !lws_get_vhost_iface(NULL));
    check(lws_get_vhost_port(NULL) == -1 && lws_get_vhost_listen_port(NULL) == -1);
    check(!lws_get_vhost_user(NULL) && !lws_vhost_user(NULL) && !lws_vh_tag(NULL));
    check(!lws_vhost_name_to_protocol(NULL, NULL) && !lws_protocol_vh_priv_get(NULL, NULL));
    check(!lws_protocol_vh_priv_zalloc(NULL, NULL, 4) && !lws_pvo_search(NULL, NULL) && lws_pvo_get_str(NULL, NULL, NULL));
    check(!lws_system_get_ops(NULL) && !lws_system_get_state_manager(NULL) && !lws_system_context_from_system_mgr(NULL));
    check(lws_system_cpd_start(NULL) == -1 && lws_system_cpd_state_get(NULL) == LWS_CPD_UNKNOWN);
    lws_system_cpd_set(NULL, LWS_CPD_INTERNET_OK);
    lws_state_reg_notifier(NULL, NULL);
    lws_state_reg_deregister(NULL);
    lws_state_reg_notifier_list(NULL, NULL);
    check(lws_state_transition(NULL, 1) == 1 && lws_state_transition_steps(NULL, 1) == 1);
    memset(&info, 0, sizeof(info));
    info.port = 70000; /* no port: no listener */
    info.fd_limit_per_thread = 0xffffffff;
    info.max_http_header_data = 1;
    info.keepalive_timeout = -5;
    lws_context_destroy(lws_create_context(&info));
}

static void connections_without(void) {
    unsigned char buffer[64], *p = buffer;
    char text[16];
    int length;
    char *path;

    check(!lws_get_context(NULL) && !lws_get_vhost(NULL) && !lws_get_protocol(NULL) && !lws_protocol_get(NULL));
    check(!lws_wsi_user(NULL) && !lws_get_opaque_user_data(NULL) && !lws_adjust_protocol_psds(NULL, 5));
    lws_set_wsi_user(NULL, NULL);
    lws_set_opaque_user_data(NULL, NULL);
    check(lws_raw_transaction_completed(NULL) == -1 && !lws_is_cgi(NULL));
    check(lws_serve_http_file(NULL, "x", NULL, NULL, 0) == -1 && lws_serve_http_file_fragment(NULL) == -1);
    check(lws_hdr_custom_name_foreach(NULL, NULL, NULL) == -1 && lws_http_check_retry_after(NULL, NULL) == 1);
    check(!lws_get_network_wsi(NULL) && !lws_get_parent(NULL) && !lws_get_child(NULL));
    check(lws_wsi_tag(NULL) && lws_get_tsi(NULL) == 0 && lws_wsi_tsi(NULL) == 0 && lws_get_socket_fd(NULL) == -1);
    check(lws_get_peer_simple(NULL, text, sizeof(text)) == text && !text[0] && !lws_get_peer_simple(NULL, NULL, 9));
    text[0] = 'x';
    lws_get_peer_addresses(NULL, -1, text, sizeof(text), NULL, -9);
    check(!lws_spa_create(NULL, NULL, 1, 1, NULL, NULL) && !lws_spa_create_via_info(NULL, NULL));
    check(lws_spa_process(NULL, NULL, 1) && lws_spa_finalize(NULL) && lws_spa_destroy(NULL));
    check(!lws_spa_get_string(NULL, 0) && !lws_spa_get_length(NULL, -1));
    check(!text[0]);
    check(!lws_is_ssl(NULL) && lws_tls_peer_cert_info(NULL, LWS_TLS_CERT_INFO_USAGE, NULL, 0) == -1);
    check(lws_write(NULL, buffer, 1, LWS_WRITE_TEXT) == -1 && lws_callback_on_writable(NULL) == -1);
    check(lws_callback_on_writable_all_protocol(NULL, NULL) == -1);
    check(lws_callback_on_writable_all_protocol_vhost(NULL, NULL) == -1);
    check(lws_callback_all_protocol(NULL, NULL, -1) == 1 && lws_callback_all_protocol_vhost(NULL, NULL, 0) == 1);
    check(lws_callback_all_protocol_vhost_args(NULL, NULL, 0, NULL, 0) == 1);
    check(lws_callback_vhost_protocols(NULL, 0, NULL, 0) == 1 && lws_callback_vhost_protocols_vhost(NULL, 0, NULL, 0) == 1);
    check(lws_send_pipe_choked(NULL) == 1 && lws_partial_buffered(NULL) == 1 && lws_get_peer_write_allowance(NULL) == -1);
    check(lws_rx_flow_control(NULL, 1) == -1);
    lws_rx_flow_allow_all_protocol(NULL, NULL);
    check(!lws_is_first_fragment(NULL) && !lws_is_final_fragment(NULL) && !lws_remaining_packet_payload(NULL));
    check(!lws_frame_is_binary(NULL) && !lws_get_reserved_bits(NULL));
    lws_close_reason(NULL, LWS_CLOSE_STATUS_NORMAL, NULL, 5);
    check(!lws_get_close_length(NULL) && !lws_get_close_payload(NULL));
    lws_set_timer_usecs(NULL, 1);
    lws_set_timeout(NULL, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    lws_set_timeout_us(NULL, PENDING_TIMEOUT_USER_OK, -1);
    lws_validity_confirmed(NULL);
    check(!lws_hdr_total_length(NULL, WSI_TOKEN_GET_URI) && !lws_hdr_copy(NULL, text, sizeof(text), WSI_TOKEN_HOST));
    check(!lws_hdr_copy(NULL, NULL, -1, WSI_TOKEN_HOST) && lws_hdr_copy_fragment(NULL, text, 16, WSI_TOKEN_HOST, -1) == -1);
    check(!lws_hdr_fragment_length(NULL, WSI_TOKEN_HOST, 1) && lws_hdr_custom_length(NULL, NULL, 4) == -1);
    check(lws_hdr_custom_copy(NULL, text, 16, "x:", 2) == -1 && lws_get_urlarg_by_name_safe(NULL, NULL, NULL, 0) == -1);
    check(!lws_get_urlarg_by_name(NULL, "x", text, 16) && lws_http_cookie_get(NULL, NULL, NULL, NULL) == 1);
    check(lws_http_get_uri_and_method(NULL, &path, &length) == -1 && lws_http_headers_detach(NULL) == 1);
    check(lws_return_http_status(NULL, 200, NULL) && lws_add_http_header_status(NULL, 200, &p, buffer + 64));
    check(lws_add_http_header_by_name(NULL, NULL, NULL, 1, &p, buffer + 64));
    check(lws_add_http_header_by_token(NULL, WSI_TOKEN_HOST, NULL, -1, NULL, NULL));
    check(lws_add_http_header_content_length(NULL, 1, &p, NULL));
    check(lws_add_http_common_headers(NULL, 99999, NULL, 1, NULL, buffer));
    check(lws_finalize_http_header(NULL, &p, buffer + 64) && lws_finalize_write_http_header(NULL, NULL, NULL, NULL));
    check(lws_http_redirect(NULL, 301, NULL, -1, NULL, NULL) < 0 && lws_http_transaction_completed(NULL) == 1);
    check(lws_http_mark_sse(NULL) && lws_http_basic_auth_gen(NULL, NULL, NULL, 0) == 1);
    check(lws_callback_http_dummy(NULL, LWS_CALLBACK_HTTP, NULL, NULL, 0) == -1);
    check(!lws_callback_http_dummy(NULL, (enum lws_callback_reasons)12345, NULL, NULL, 0));
    check(p == buffer);
}

static void log_about_nothing(void) {
    char text[8], *p = text;

    _lws_log_cx(NULL, NULL, NULL, LLL_ERR, NULL, "nobody hears %d", 5);
    lwsl_hexdump_level_cx(NULL, NULL, NULL, LLL_ERR, NULL, 5);
    lws_log_prepend_context(NULL, NULL, NULL, NULL);
    lws_log_prepend_vhost(NULL, NULL, &p, text + sizeof(text));
    lws_log_prepend_wsi(NULL, NULL, &p, text + 3); /* less room than a name needs */
    check(p == text);
}

static void utilities_without(void) {
    lws_sorted_usec_list_t timer;
    lws_usec_t earliest;
    lws_sock_file_fd_type descriptor;
    uint32_t tail = 0xfffffff1;
    struct lws_tokenize ts;
    struct lws_conmon conmon;
    lws_sockaddr46 sa46;
    lws_strexp_t exp;
    struct lws_ring *ring;
    size_t length;
    char text[8];
    int port;
    const char *s;

    memset(&timer, 0, sizeof(timer));
    descriptor.sockfd = -1;
    wm_rom_files(NULL);
    log_about_nothing();
    check(!lwsl_visible(-1) && !lwsl_visible(0) && lws_now_secs() < 0x100000000ul);
    lws_sul_schedule(NULL, 0, NULL, NULL, 1);
    lws_sul_schedule_wakesuspend(NULL, 0, &timer, NULL, 1);
    lws_sul_cancel(NULL);
    check(lws_sul_earliest_wakeable_event(NULL, &earliest) == 1);
    check(lws_retry_get_delay_ms(NULL, NULL, NULL, NULL) >= 3000);
    check(lws_retry_sul_schedule(NULL, 0, NULL, NULL, NULL, NULL) == 1);
    check(lws_retry_sul_schedule_retry_wsi(NULL, NULL, NULL, NULL) == 1);
    check(!lws_ring_create(0, 5, NULL) && !lws_ring_create(5, 0, NULL) && !lws_ring_create((size_t)-1, (size_t)-1, NULL));
    check(!lws_ring_get_count_free_elements(NULL) && !lws_ring_get_count_waiting_elements(NULL, &tail));
    check(!lws_ring_insert(NULL, "x", 1) && !lws_ring_get_element(NULL, &tail) && !lws_ring_consume(NULL, &tail, NULL, 1));
    check(!lws_ring_get_oldest_tail(NULL) && lws_ring_next_linear_insert_range(NULL, NULL, NULL) == 1);
    lws_ring_update_oldest_tail(NULL, 1);
    lws_ring_bump_head(NULL, 1);
    lws_ring_dump(NULL, NULL);
    lws_ring_destroy(NULL);
    ring = lws_ring_create(3, 2, NULL);
    check(ring && !lws_ring_get_element(ring, &tail) && !lws_ring_consume(ring, &tail, text, 9));
    check(!lws_ring_get_count_waiting_elements(ring, &tail) && !lws_ring_insert(ring, NULL, 2));
    lws_ring_update_oldest_tail(ring, tail);
    lws_ring_bump_head(ring, (size_t)-1);
    lws_ring_destroy(ring);
    lws_tokenize_init(NULL, NULL, -1);
    lws_tokenize_init(&ts, NULL, 0);
    check(lws_tokenize(NULL) == LWS_TOKZE_ENDED && lws_tokenize(&ts) == LWS_TOKZE_ENDED);
    check(lws_tokenize_cstr(NULL, text, sizeof(text)) == 1 && lws_tokenize_cstr(&ts, NULL, 5) == 1);
    lws_strexp_init(NULL, NULL, NULL, NULL, 5);
    lws_strexp_reset_out(NULL, NULL, 5);
    lws_strexp_init(&exp, NULL, NULL, NULL, 5);
    check(lws_strexp_expand(NULL, "x", 1, NULL, NULL) < 0 && lws_strexp_expand(&exp, NULL, 5, NULL, NULL) == LSTRX_DONE);
    check(lws_strexp_expand(&exp, "${x}", 4, NULL, NULL) == LSTRX_FATAL_NAME_UNKNOWN);
    check(!lws_strcmp_wildcard(NULL, 5, NULL, 5) && lws_strcmp_wildcard(NULL, 5, "x", 1) == 1);
    memset(&sa46, 0, sizeof(sa46));
    check(lws_sa46_compare_ads(NULL, NULL) == 1 && lws_sa46_compare_ads(&sa46, &sa46) == 1);
    check(lws_sa46_on_net(NULL, NULL, 8) == 1 && lws_sa46_on_net(&sa46, &sa46, -1) == 1);
    check(lws_sa46_parse_numeric_address(NULL, &sa46) == -1 && lws_sa46_parse_numeric_address("::", NULL) == -1);
    check(lws_sa46_write_numeric_address(NULL, text, sizeof(text)) == -1 && lws_sa46_write_numeric_address(&sa46, NULL, 5) == -1);
    check(lws_parse_numeric_address(NULL, NULL, 5) == -1 && lws_parse_numeric_address("1.2.3.4", NULL, 5) == -1);
    check(lws_write_numeric_address(NULL, 4, text, sizeof(text)) == -1);
    lws_conmon_wsi_take(NULL, NULL);
    lws_conmon_wsi_take(NULL, &conmon);
    check(!conmon.ciu_dns && !conmon.dns_results_copy && conmon.pcol == LWSCONMON_PCOL_NONE);
    lws_conmon_release(&conmon);
    lws_conmon_release(NULL);
    lws_dll2_add_head(NULL, NULL);
    lws_dll2_add_tail(NULL, NULL);
    lws_dll2_add_before(NULL, NULL);
    lws_dll2_add_sorted(NULL, NULL, NULL);
    lws_dll2_add_sorted_priv(NULL, NULL, NULL, NULL);
    lws_dll2_remove(NULL);
    lws_dll2_clear(NULL);
    lws_dll2_owner_clear(NULL);
    check(lws_dll2_is_detached(NULL) && !lws_dll2_foreach_safe(NULL, NULL, NULL));
    check(!lws_snprintf(NULL, 5, "x") && !lws_snprintf(text, 0, "x") && !lws_strncpy(NULL, NULL, 4));
    check(lws_strncpy(text, NULL, sizeof(text)) == text && !text[0]);
    check(!lws_nstrstr(NULL, 5, NULL, 5) && !lws_json_simple_find(NULL, 5, NULL, &length));
    check(!lws_json_simple_find("{}", 2, "\"x\":", NULL) && lws_json_simple_strcmp(NULL, 0, NULL, NULL) == -1);
    check(!lws_get_random(NULL, NULL, 5) && lws_hex_random(NULL, NULL, 5) && lws_hex_random(NULL, text, 0));
    lws_hex_from_byte_array(NULL, 5, NULL, 5);
    check(lws_hex_to_byte_array(NULL, NULL, 5) == -1 && lws_hex_to_byte_array("aabb", (uint8_t *)text, -1) == -1);
    check(lws_b64_encode_string(NULL, 5, text, -5) <= 0 && lws_b64_encode_string_url("x", 1, NULL, 9) == -1);
    check(!lws_b64_decode_string(NULL, text, 8) && lws_b64_decode_string_len("aGVsbG8=", 8, NULL, 8) == -1);
    check(!lws_SHA1(NULL, 5, NULL) && !lws_timingsafe_bcmp(NULL, NULL, 5));
    lws_explicit_bzero(NULL, 5);
    check(!lws_urlencode(NULL, NULL, 5) && lws_urldecode(NULL, "x", 5) == -1);
    check(lws_parse_uri(NULL, &s, &s, &port, &s) == 1 && lws_parse_uri(text, NULL, NULL, NULL, NULL) == 1);
    check(!lws_cmdline_option(5, NULL, "-x") && !lws_cmdline_option(-1, NULL, NULL));
    lws_cmdline_option_handle_builtin(0, NULL, NULL);
    check(!lws_token_to_string((enum lws_token_indexes)999) && !lws_get_mimetype(NULL, NULL));
    lwsl_emit_stderr(1, NULL);
    lwsl_emit_stderr_notimestamp(1, NULL);
    lwsl_emit_syslog(1, NULL);
    lwsl_hexdump_level(LLL_ERR, NULL, 5);
    lwsl_hexdump(NULL, 5);
    check(lwsl_timestamp(1, NULL, 5) == 0);
    check(!lws_adopt_socket(NULL, -1) && !lws_adopt_socket_vhost(NULL, -1));
    check(!lws_adopt_descriptor_vhost(NULL, LWS_ADOPT_SOCKET, descriptor, NULL, NULL));
    check(!lws_extension_callback_pm_deflate(NULL, NULL, NULL, LWS_EXT_CB_DESTROY, NULL, NULL, 0));
}

static void clients_without(void) {
    struct lws_client_connect_info info;
    struct lws *wsi = (struct lws *)&info;
    char *start = NULL;
    int length = 5;

    memset(&info, 0, sizeof(info));
    check(!lws_client_connect_via_info(NULL));
    info.pwsi = &wsi;
    check(!lws_client_connect_via_info(&info) && !wsi);
    check(!lws_http_client_http_response(NULL) && lws_http_client_read(NULL, &start, &length) == -1);
    check(lws_client_http_multipart(NULL, NULL, NULL, NULL, NULL, NULL) == 1 && !lws_http_is_redirected_to_get(NULL));
    lws_client_http_body_pending(NULL, 1);
}

/* With a context, whose objects are real, and arguments that are not. */
static void nonsense(void) {
    struct lws_context_creation_info info;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws_client_connect_info connect;
    static const struct lws_protocols stranger = { NULL, NULL, 0, 0, 0, NULL, 0 };

    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    context = lws_create_context(&info);
    check(context && !lws_create_vhost(context, NULL));
    vhost = lws_get_vhost_by_name(context, "default");
    check(vhost && !lws_get_vhost_by_name(context, "other") && lws_vhost_name_to_protocol(vhost, "one") == protocols);
    check(!lws_protocol_vh_priv_zalloc(vhost, &stranger, 4) && !lws_protocol_vh_priv_zalloc(vhost, protocols, -1));
    check(lws_protocol_vh_priv_zalloc(vhost, protocols, 4) == lws_protocol_vh_priv_get(vhost, protocols));
    check(lws_callback_all_protocol(context, protocols, -7) == 1);
    check(lws_callback_on_writable_all_protocol(context, &stranger) == 0);
    check(lws_service(context, 1) == 0);
    memset(&connect, 0, sizeof(connect));
    connect.context = context;
    check(!lws_client_connect_via_info(&connect)); /* to nowhere */
    connect.address = "no such\r\nhost";
    connect.port = -1;
    check(!lws_client_connect_via_info(&connect));
    connect.address = "127.0.0.1";
    connect.port = 9;
    connect.method = "NO METHOD";
    check(!lws_client_connect_via_info(&connect));
    connect.method = "GET";
    check(lws_client_connect_via_info(&connect)); /* fails later */
    check(lws_service(context, 1) == 0);
    lws_vhost_destroy(vhost);
    check(lws_service(context, 1) == 0);
    lws_context_destroy(context);
}

int main(void) {
    lws_set_log_level(0, NULL);
    contexts_without();
    connections_without();
    utilities_without();
    clients_without();
    nonsense();
    return 0;
}
