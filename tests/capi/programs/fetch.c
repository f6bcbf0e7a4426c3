/*
 * HTTP clients and a server in one program and one context: GET, POST with a body in pieces, a multipart form, a server that is busy, and
 * one that is not there. Ends with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

/* What a client has seen. */
struct fetch {
    char body[512];
    size_t length;
    unsigned int status;
    int sent;
    int completed;
    int closed;
    int failed;
    int moved;
    char type[32];
    struct lws_conmon steps;
};

/* What the server has got. */
struct request {
    char body[512];
    size_t length;
};

/* Names of fields without a token, of the last request and of the last response. */
static char asked[64], answered[64];

static void append(const char *name, int length, void *names) {
    check((int)strlen(name) == length && name[length - 1] == ':' && strlen((char *)names) + strlen(name) < sizeof(asked));
    strcat((char *)names, name);
}

static int is_busy(struct lws *wsi) {
    unsigned char buffer[LWS_PRE + 512], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof(buffer) - 1;
    char value[8];

    asked[0] = '\0';
    check(!lws_hdr_custom_name_foreach(wsi, append, asked));
    check(lws_hdr_custom_copy(wsi, value, sizeof(value), "x-first:", 8) == 3 && !strcmp(value, "one"));
    check(!lws_add_http_common_headers(wsi, HTTP_STATUS_SERVICE_UNAVAILABLE, "text/plain", 0, &p, end));
    check(!lws_add_http_header_by_name(wsi, (const unsigned char *)"retry-after:", (const unsigned char *)"7", 1, &p, end));
    check(!lws_add_http_header_by_name(wsi, (const unsigned char *)"X-Answer:", (const unsigned char *)"42", 2, &p, end));
    check(!lws_finalize_write_http_header(wsi, start, &p, end));
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* When a server that is busy is to be asked again, and what else it says. */
static void look_at_answer(struct lws *wsi) {
    lws_usec_t shorter = 3 * LWS_US_PER_SEC, longer = 10 * LWS_US_PER_SEC;

    answered[0] = '\0';
    check(!lws_hdr_custom_name_foreach(wsi, append, answered));
    if (lws_http_client_http_response(wsi) != HTTP_STATUS_SERVICE_UNAVAILABLE) {
        check(lws_http_check_retry_after(wsi, &shorter) == 1 && shorter == 3 * LWS_US_PER_SEC);
        return;
    }
    check(!lws_http_check_retry_after(wsi, &shorter) && shorter == 7 * LWS_US_PER_SEC);
    check(!lws_http_check_retry_after(wsi, &longer) && longer == 10 * LWS_US_PER_SEC);
}

static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct request *request = (struct request *)user;
    unsigned char buffer[LWS_PRE + 1024], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof(buffer) - 1;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI))
            return 0;
        if (!strcmp((const char *)in, "/busy"))
            return is_busy(wsi);
        if (!strcmp((const char *)in, "/elsewhere"))
            return lws_http_redirect(wsi, HTTP_STATUS_FOUND, (const unsigned char *)"/nothing", 8, &p, end) < 0 ? -1 : 0;
        if (!strcmp((const char *)in, "/nowhere"))
            return lws_return_http_status(wsi, HTTP_STATUS_FOUND, NULL) || lws_http_transaction_completed(wsi) ? -1 : 0;
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    case LWS_CALLBACK_HTTP_BODY:
        check(request->length + len < sizeof(request->body));
        memcpy(request->body + request->length, in, len);
        request->length += len;
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        check(!lws_add_http_common_headers(wsi, 200, "text/plain", request->length, &p, end));
        check(!lws_finalize_write_http_header(wsi, start, &p, end));
        memcpy(start, request->body, request->length);
        if (request->length)
            check(lws_write(wsi, start, request->length, LWS_WRITE_HTTP_FINAL) == (int)request->length);
        return lws_http_transaction_completed(wsi) ? -1 : 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static int write_body(struct lws *wsi, struct fetch *fetch) {
    char buffer[LWS_PRE + 512], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof(buffer);

    if (lws_get_opaque_user_data(wsi)) {
        check(!lws_client_http_multipart(wsi, "text", NULL, NULL, &p, end));
        p += lws_snprintf(p, (size_t)lws_ptr_diff(end, p), "value");
        check(!lws_client_http_multipart(wsi, "file", "a.txt", "text/plain", &p, end));
        p += lws_snprintf(p, (size_t)lws_ptr_diff(end, p), "content");
        check(!lws_client_http_multipart(wsi, NULL, NULL, NULL, &p, end));
        lws_client_http_body_pending(wsi, 0);
    } else {
        p += lws_snprintf(p, 64, "piece %d;", ++fetch->sent);
        if (fetch->sent == 3)
            lws_client_http_body_pending(wsi, 0);
        else
            lws_callback_on_writable(wsi);
    }
    check(lws_write(wsi, (unsigned char *)start, lws_ptr_diff_size_t(p, start), LWS_WRITE_HTTP) > 0);
    return 0;
}

static int fetch(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct fetch *fetch = (struct fetch *)user;
    char buffer[LWS_PRE + 100], *p = buffer + LWS_PRE;
    int room = 100;

    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        check(!lws_add_http_header_by_name(wsi, (const unsigned char *)"X-First:", (const unsigned char *)"one", 3,
                                           (unsigned char **)in, *(unsigned char **)in + len));
        if (fetch->sent < 0)
            break;
        lws_client_http_body_pending(wsi, 1);
        lws_callback_on_writable(wsi);
        break;
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        return write_body(wsi, fetch);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        fetch->status = lws_http_client_http_response(wsi);
        check_peer(wsi);
        look_at_answer(wsi);
        check(lws_hdr_copy(wsi, fetch->type, sizeof(fetch->type), WSI_TOKEN_HTTP_CONTENT_TYPE) > 0 || fetch->status == 302);
        break;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return lws_http_client_read(wsi, &p, &room) < 0 ? -1 : 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        check(fetch->length + len < sizeof(fetch->body));
        memcpy(fetch->body + fetch->length, in, len);
        fetch->length += len;
        break;
    case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
        fetch->moved++;
        break;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        lws_conmon_wsi_take(wsi, &fetch->steps);
        fetch->completed++;
        break;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        fetch->closed++;
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        check(in && strlen((const char *)in) == len);
        lws_conmon_wsi_take(wsi, &fetch->steps);
        fetch->failed++;
        break;
    default:
        break;
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    { "http", serve, sizeof(struct request), 0, 0, NULL, 0 },
    { "fetch", fetch, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static struct lws_context *context;

static struct fetch run(const char *method, const char *path, int port, int flags) {
    struct lws_client_connect_info info;
    struct fetch result;
    int passes;

    memset(&result, 0, sizeof(result));
    result.sent = strcmp(method, "POST") ? -1 : 0;
    memset(&info, 0, sizeof(info));
    info.context = context;
    info.address = info.host = "localhost";
    info.port = port;
    info.path = path;
    info.method = method;
    info.ssl_connection = flags;
    info.local_protocol_name = "fetch";
    info.userdata = &result;
    info.opaque_user_data = flags ? &result : NULL;
    check(lws_client_connect_via_info(&info));
    for (passes = 0; !result.closed && !result.failed; passes++) {
        check(passes < 3000);
        check(lws_service(context, 10) == 0);
    }
    return result;
}

/* How long each step took, for clients that ask for it. */
static void measured(int port) {
    struct fetch result = run("GET", "/nothing", port, LCCSCF_CONMON);
    char address[48];

    check(result.steps.ciu_dns && result.steps.ciu_sockconn && !result.steps.ciu_tls && result.steps.ciu_txn_resp);
    check(result.steps.dns_disposition == LWSCONMON_DNS_OK && result.steps.pcol == LWSCONMON_PCOL_HTTP);
    check(result.steps.protocol_specific.http.response == 404 && !result.steps.dns_results_copy);
    check(!lws_sa46_write_numeric_address(&result.steps.peer46, address, sizeof(address)) && !strcmp(address, "10.0.2.2"));
    lws_conmon_release(&result.steps);
    result = run("GET", "/nothing", port, 0);
    check(!result.steps.ciu_dns && !result.steps.ciu_txn_resp && result.steps.pcol == LWSCONMON_PCOL_HTTP);
    result = run("GET", "/", 1, LCCSCF_CONMON);
    check(result.failed == 1 && result.steps.dns_disposition == LWSCONMON_DNS_OK && result.steps.ciu_sockconn);
    check(!result.steps.ciu_txn_resp && result.steps.pcol == LWSCONMON_PCOL_NONE);
}

int main(void) {
    struct lws_context_creation_info info;
    struct fetch result;
    int port = free_port();

    lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
    memset(&info, 0, sizeof(info));
    info.port = port;
    info.protocols = protocols;
    context = lws_create_context(&info);
    check(context);
    result = run("GET", "/nothing", port, 0);
    check(result.status == 404 && result.completed == 1 && !result.failed && strstr(result.body, "404"));
    result = run("POST", "/echo", port, 0);
    check(result.status == 200 && !strcmp(result.body, "piece 1;piece 2;piece 3;") && !strcmp(result.type, "text/plain"));
    result = run("POST", "/echo", port, LCCSCF_HTTP_MULTIPART_MIME);
    check(strstr(result.body, "name=\"text\"\r\n\r\nvalue\r\n--") && strstr(result.body, "filename=\"a.txt\""));
    check(strstr(result.body, "--\r\n"));
    result = run("GET", "/elsewhere", port, 0);
    check(result.status == 404 && result.completed == 1 && result.moved == 1);
    /* Where no place is named there is nothing to ask about. */
    result = run("GET", "/nowhere", port, 0);
    check(result.failed == 1 && !result.completed && !result.moved);
    result = run("GET", "/elsewhere", port, LCCSCF_HTTP_NO_FOLLOW_REDIRECT);
    check(result.status == 302 && result.completed == 1 && !result.length);
    result = run("GET", "/busy", port, 0);
    check(result.status == 503 && !strcmp(asked, "x-first:") && !strcmp(answered, "x-answer:"));
    result = run("GET", "/", 1, 0);
    check(result.failed == 1 && !result.completed && !result.closed);
    measured(port);
    lws_context_destroy(context);
    return 0;
}
