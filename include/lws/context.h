/* Contexts, virtual hosts, mounts. */
#ifndef LWS_CONTEXT_H
#define LWS_CONTEXT_H

#include "base.h"
#include "log.h"
#include "protocol.h"
#include "system.h"
#include "time.h"

LWS_C_BEGIN

/* For `port`: no server at all; or a server that only adopts connections. */
#define CONTEXT_PORT_NO_LISTEN        (-1)
#define CONTEXT_PORT_NO_LISTEN_SERVER (-2)

/* For `options`, one bit each, or several. */
#define LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT            0x1002
#define LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME                   4
#define LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT                    0x1008
#define LWS_SERVER_OPTION_LIBEV                                        16
#define LWS_SERVER_OPTION_DISABLE_IPV6                                 32
#define LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS                          64
#define LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED                       128
#define LWS_SERVER_OPTION_VALIDATE_UTF8                                256
#define LWS_SERVER_OPTION_SSL_ECDH                                     0x1200
#define LWS_SERVER_OPTION_LIBUV                                        1024
#define LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS                       0x1800
#define LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT                           4096
#define LWS_SERVER_OPTION_EXPLICIT_VHOSTS                              0x2000
#define LWS_SERVER_OPTION_UNIX_SOCK                                    0x4000
#define LWS_SERVER_OPTION_STS                                          0x8000
#define LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY                           0x10000
#define LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE                            0x20000
#define LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN                    0x40000
#define LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN                          0x80000
#define LWS_SERVER_OPTION_FALLBACK_TO_RAW                              0x100000
#define LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG       0x100000
#define LWS_SERVER_OPTION_LIBEVENT                                     0x200000
#define LWS_SERVER_OPTION_ONLY_RAW                                     0x400000
#define LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG             0x400000
#define LWS_SERVER_OPTION_ALLOW_LISTEN_SHARE                           0x800000
#define LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX                         0x1000000
#define LWS_SERVER_OPTION_SKIP_PROTOCOL_INIT                           0x2000000
#define LWS_SERVER_OPTION_IGNORE_MISSING_CERT                          0x4000000
#define LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK                  0x8000000
#define LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE 0x10000000
#define LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER                 0x20000000
#define LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND                     0x40000000
#define LWS_SERVER_OPTION_H2_JUST_FIX_WINDOW_UPDATE_OVERFLOW           0x80000000ull
#define LWS_SERVER_OPTION_VH_H2_HALF_CLOSED_LONG_POLL                  0x100000000ull
#define LWS_SERVER_OPTION_GLIB                                         0x200000000ull
#define LWS_SERVER_OPTION_H2_PRIOR_KNOWLEDGE                           0x400000000ull
#define LWS_SERVER_OPTION_NO_LWS_SYSTEM_STATES                         0x800000000ull
#define LWS_SERVER_OPTION_SS_PROXY                                     0x1000000000ull
#define LWS_SERVER_OPTION_SDEVENT                                      0x2000000000ull
#define LWS_SERVER_OPTION_ULOOP                                        0x4000000000ull
#define LWS_SERVER_OPTION_DISABLE_TLS_SESSION_CACHE                    0x8000000000ull

#define lws_check_opt(options, option) (((options) & (option)) == (option))

/* What a path of a virtual host leads to. */
enum lws_mount_protocols {
    LWSMPRO_HTTP = 0,
    LWSMPRO_HTTPS = 1,
    LWSMPRO_FILE = 2,
    LWSMPRO_CGI = 3,
    LWSMPRO_REDIR_HTTP = 4,
    LWSMPRO_REDIR_HTTPS = 5,
    LWSMPRO_CALLBACK = 6
};

enum lws_authentication_mode {
    LWSAUTHM_DEFAULT = 0x0,
    LWSAUTHM_BASIC_AUTH_CALLBACK = 0x10000000
};

#define AUTH_MODE_MASK 0xf0000000

/* A part of a server's paths. A list, linked by mount_next. */
struct lws_http_mount {
    const struct lws_http_mount *mount_next;
    /* The path, and its length. */
    const char *mountpoint;
    /* A protocol's name (LWSMPRO_CALLBACK), a host and path (LWSMPRO_REDIR_...), a folder (LWSMPRO_FILE). */
    const char *origin;
    /* What is served for the folder itself: "index.html". */
    const char *def;
    /* The protocol that serves it. */
    const char *protocol;
    const struct lws_protocol_vhost_options *cgienv;
    const struct lws_protocol_vhost_options *extra_mimetypes;
    const struct lws_protocol_vhost_options *interpret;
    int cgi_timeout;
    /* Seconds for which others may keep what is served, if it is reusable: by the client alone, unless intermediaries may too. */
    int cache_max_age;
    /* LWSAUTHM_BASIC_AUTH_CALLBACK: LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION is asked whom to serve. */
    unsigned int auth_mask;
    unsigned int cache_reusable : 1;
    unsigned int cache_revalidate : 1;
    unsigned int cache_intermediaries : 1;
    unsigned char origin_protocol;
    unsigned char mountpoint_len;
    /* The name of a file with a line user:password for each who is served: of wm_rom_files, on a host also of the disk. */
    const char *basic_auth_login_file;
};

struct lws_token_limits;

/*
 * Everything about a context and its first virtual host, or about a further virtual host. Zeroed first. Strings and lists are
 * referred to, not copied, unless it says so: they outlive the context. Members without a word are for what this library does not
 * do, and are not read.
 */
struct lws_context_creation_info {
    const char *iface;
    /* Ends with LWS_PROTOCOL_LIST_TERM. */
    const struct lws_protocols *protocols;
    const struct lws_extension *extensions;
    const struct lws_token_limits *token_limits;
    const char *http_proxy_address;
    /* Field lines for all responses that the header functions make. */
    const struct lws_protocol_vhost_options *headers;
    const struct lws_protocol_vhost_options *reject_service_keywords;
    /* Options of the protocols by the names of those; if there are some, only protocols that are named are initialised. */
    const struct lws_protocol_vhost_options *pvo;
    const char *log_filepath;
    const struct lws_http_mount *mounts;
    /* The Server field of responses. */
    const char *server_string;
    /* Where requests for nothing are redirected to. */
    const char *error_document_404;
    /* To listen on, or one of CONTEXT_PORT_... */
    int port;
    unsigned int http_proxy_port;
    unsigned int max_http_header_data2;
    unsigned int max_http_header_pool2;
    /* Seconds between two requests on a connection; 0: 5. */
    int keepalive_timeout;
    uint32_t http2_settings[7];
    unsigned short max_http_header_data;
    unsigned short max_http_header_pool;
    const char *ssl_private_key_password;
    /* Files: none on a device, read on a host. */
    const char *ssl_cert_filepath;
    const char *ssl_private_key_filepath;
    const char *ssl_ca_filepath;
    const char *ssl_cipher_list;
    const char *ecdh_curve;
    const char *tls1_3_plus_cipher_list;
    /* PEM or DER; with a certificate the virtual host speaks TLS. Copied. */
    const void *server_ssl_cert_mem;
    const void *server_ssl_private_key_mem;
    const void *server_ssl_ca_mem;
    long ssl_options_set;
    long ssl_options_clear;
    /* Of the context: connections with TLS at a time, and handshakes under way; 0: 16, and 2. */
    int simultaneous_ssl_restriction;
    int simultaneous_ssl_handshake_restriction;
    int ssl_info_event_mask;
    unsigned int server_ssl_cert_mem_len;
    unsigned int server_ssl_private_key_mem_len;
    unsigned int server_ssl_ca_mem_len;
    const char *alpn;
    const char *client_ssl_private_key_password;
    const char *client_ssl_cert_filepath;
    const void *client_ssl_cert_mem;
    unsigned int client_ssl_cert_mem_len;
    const char *client_ssl_private_key_filepath;
    const void *client_ssl_key_mem;
    const char *client_ssl_ca_filepath;
    /* Whom clients trust: PEM, one or several, or DER. Copied. */
    const void *client_ssl_ca_mem;
    const char *client_ssl_cipher_list;
    const char *client_tls_1_3_plus_cipher_list;
    long ssl_client_options_set;
    long ssl_client_options_clear;
    unsigned int client_ssl_ca_mem_len;
    unsigned int client_ssl_key_mem_len;
    const char *mbedtls_client_preload_filepath;
    int ka_time;
    int ka_probes;
    int ka_interval;
    /* Seconds that a request, its body and its answer may take; 0: 15. */
    unsigned int timeout_secs;
    /* Of the context: seconds for a server to answer a client's SYN, at each of its addresses; 0: 10. */
    unsigned int connect_timeout_secs;
    int bind_iface;
    unsigned int timeout_secs_ah_idle;
    uint32_t tls_session_timeout;
    uint32_t tls_session_cache_max;
    int gid;
    int uid;
    /* LWS_SERVER_OPTION_... */
    uint64_t options;
    /* The application's own: lws_context_user, lws_get_vhost_user. */
    void *user;
    unsigned int count_threads;
    /* Connections at once; 0: the library's default. */
    unsigned int fd_limit_per_thread;
    const char *vhost_name;
    void *external_baggage_free_on_destroy;
    unsigned int pt_serv_buf_size;
    void **foreign_loops;
    void (*signal_cb)(void *event_lib_handle, int signum);
    /* Where the context's address is kept; NULL again once it is destroyed. */
    struct lws_context **pcontext;
    /* Called when the virtual host is gone. */
    void (*finalize)(struct lws_vhost *vh, void *arg);
    void *finalize_arg;
    const char *listen_accept_role;
    const char *listen_accept_protocol;
    /* In place of `protocols`: an array of pointers that ends with NULL. */
    const struct lws_protocols **pprotocols;
    const char *username;
    const char *groupname;
    const char *unix_socket_perms;
    const lws_system_ops_t *system_ops;
    const lws_retry_bo_t *retry_and_idle_policy;
    /* Ends with NULL. */
    lws_state_notify_link_t *const *register_notifier_list;
    int rlimit_nofile;
    int fo_listen_queue;
    const struct lws_plugin_evlib *event_lib_custom;
    lws_log_cx_t *log_cx;
    void *_unused[2];
};

/* ---- Contexts ------------------------------------------------------------------------------------------ */

/* NULL when something is wrong, which the log says. */
struct lws_context *lws_create_context(const struct lws_context_creation_info *info);

/* Ends every connection, with its callbacks, and frees everything. NULL is allowed. Within a callback it waits for its end. */
void lws_context_destroy(struct lws_context *context);
int lws_context_is_being_destroyed(struct lws_context *context);

void *lws_context_user(struct lws_context *context);
const char *lws_get_library_version(void);
const char *lws_canonical_hostname(struct lws_context *context);
int lws_get_count_threads(struct lws_context *context);

/* ---- Virtual hosts ------------------------------------------------------------------------------------- */

/* A further server in a context with LWS_SERVER_OPTION_EXPLICIT_VHOSTS. NULL when something is wrong. */
struct lws_vhost *lws_create_vhost(struct lws_context *context, const struct lws_context_creation_info *info);

/* Ends its connections and its port. */
void lws_vhost_destroy(struct lws_vhost *vh);

struct lws_vhost *lws_get_vhost_by_name(struct lws_context *context, const char *name);
const char *lws_get_vhost_name(struct lws_vhost *vhost);
const char *lws_get_vhost_iface(struct lws_vhost *vhost);
int lws_get_vhost_port(struct lws_vhost *vhost);
int lws_get_vhost_listen_port(struct lws_vhost *vhost);
void *lws_get_vhost_user(struct lws_vhost *vhost);
void *lws_vhost_user(struct lws_vhost *vhost);
const char *lws_vh_tag(struct lws_vhost *vhost);

/* ---- What a connection belongs to ---------------------------------------------------------------------- */

struct lws_context *lws_get_context(const struct lws *wsi);
struct lws_vhost *lws_get_vhost(struct lws *wsi);
void *lws_wsi_user(struct lws *wsi);

/* Memory of the application in place of that of per_session_data_size; it is not freed. */
void lws_set_wsi_user(struct lws *wsi, void *user);
void *lws_get_opaque_user_data(const struct lws *wsi);
void lws_set_opaque_user_data(struct lws *wsi, void *data);
struct lws *lws_get_network_wsi(struct lws *wsi);
struct lws *lws_get_parent(const struct lws *wsi);
struct lws *lws_get_child(const struct lws *wsi);

/* A name for logs. */
const char *lws_wsi_tag(struct lws *wsi);
int lws_get_tsi(struct lws *wsi);
int lws_wsi_tsi(struct lws *wsi);

/* The peer's address, in digits. Returns `name`. */
const char *lws_get_peer_simple(struct lws *wsi, char *name, size_t namelen);
/* The same, in both buffers: nobody looks up the name for an address here. `fd` is not looked at. */
void lws_get_peer_addresses(struct lws *wsi, lws_sockfd_type fd, char *name, int name_len, char *rip, int rip_len);

/* A number that is the connection's own while it lives. It is no socket, for there are none. */
lws_sockfd_type lws_get_socket_fd(struct lws *wsi);

LWS_C_END

#endif
