/* Types and macros that everything uses. */
#ifndef LWS_BASE_H
#define LWS_BASE_H

#include "../lws_config.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __linux__
/* What libwebsockets' header brings along there, and programs rely on. */
#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>
#define lws_open open
#define LWS_O_RDONLY O_RDONLY
#define LWS_O_WRONLY O_WRONLY
#define LWS_O_CREAT O_CREAT
#define LWS_O_TRUNC O_TRUNC
#endif

#ifdef __cplusplus
#define LWS_C_BEGIN extern "C" {
#define LWS_C_END }
#else
#define LWS_C_BEGIN
#define LWS_C_END
#endif

/* One thread calls everything: a mutex is nothing, also as the member of a structure. */
#define lws_pthread_mutex(name)
#define lws_pthread_mutex_init(name)
#define lws_pthread_mutex_destroy(name)
#define lws_pthread_mutex_lock(name)
#define lws_pthread_mutex_unlock(name)

#define LWS_VISIBLE
#define LWS_EXTERN extern
#define LWS_INLINE static inline

#if defined(__GNUC__) || defined(__clang__)
#define LWS_FORMAT(argument) __attribute__((format(printf, argument, argument + 1)))
#define LWS_WARN_UNUSED_RESULT __attribute__((warn_unused_result))
#define LWS_WARN_DEPRECATED __attribute__((deprecated))
#else
#define LWS_FORMAT(argument)
#define LWS_WARN_UNUSED_RESULT
#define LWS_WARN_DEPRECATED
#endif

/* Bytes that must lie, writable, in front of what lws_write sends. Every `in` that a callback gets has them too. */
#define LWS_PRE 16
#define LWS_SEND_BUFFER_PRE_PADDING LWS_PRE
#define LWS_SEND_BUFFER_POST_PADDING 0

/* Units. */
#define LWS_US_PER_SEC 1000000
#define LWS_USEC_PER_SEC ((lws_usec_t)1000000)
#define LWS_MS_PER_SEC 1000
#define LWS_US_PER_MS  1000
#define LWS_NS_PER_US  1000
#define LWS_US_TO_MS(us) (((us) + (LWS_US_PER_MS / 2)) / LWS_US_PER_MS)
#define LWS_KI 1024
#define LWS_MI (LWS_KI * 1024)
#define LWS_GI (LWS_MI * 1024)

#define LWS_SIZEOFPTR ((int)sizeof(void *))
#define LWS_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The object that holds `pointer` as its member `member`. */
#define lws_container_of(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* How far `head` lies behind `tail`, as int and as size_t. */
#define lws_ptr_diff(head, tail) ((int)((const char *)(head) - (const char *)(tail)))
#define lws_ptr_diff_size_t(head, tail) ((size_t)((const char *)(head) - (const char *)(tail)))

#define LWS_ALIGN_TO(number, boundary) \
    ((number) = ((number) % (boundary)) ? (number) + ((boundary) - ((number) % (boundary))) : (number))

typedef intptr_t lws_intptr_t;

/* Microseconds. */
typedef int64_t lws_usec_t;

typedef unsigned long long lws_filepos_t;
typedef long long lws_fileofs_t;
typedef uint32_t lws_fop_flags_t;

/* A socket of the platform. Connections of this library are no sockets: see lws_get_socket_fd. */
typedef int lws_sockfd_type;
typedef int lws_filefd_type;
#define LWS_INVALID_FILE (-1)

#define LWS_SOCK_INVALID (-1)

/* One connection: the `wsi` of every callback. */
struct lws;
struct lws_context;
struct lws_vhost;
struct lws_protocols;
struct lws_protocol_vhost_options;
struct lws_extension;
struct lws_sequencer;
struct lws_plugin_evlib;
struct lws_attach_item;
struct lws_metric_pub;

typedef struct lws_context *lws_ctx_t;

#endif
