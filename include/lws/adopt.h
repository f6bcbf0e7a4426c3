/* Sockets that come from elsewhere. There are none here: these functions refuse. */
#ifndef LWS_ADOPT_H
#define LWS_ADOPT_H

#include "base.h"

LWS_C_BEGIN

typedef enum lws_adoption_type {
    LWS_ADOPT_RAW_FILE_DESC = 0,
    LWS_ADOPT_HTTP = 1,
    LWS_ADOPT_SOCKET = 2,
    LWS_ADOPT_ALLOW_SSL = 4,
    LWS_ADOPT_FLAG_UDP = 16,
    LWS_ADOPT_FLAG_RAW_PROXY = 32,
    LWS_ADOPT_RAW_SOCKET_UDP = 18
} lws_adoption_type;

typedef union lws_sock_file_fd_type {
    lws_sockfd_type sockfd;
    lws_filefd_type filefd;
} lws_sock_file_fd_type;

/* NULL, with a line in the log: lwIP's raw API has no descriptors that could be adopted. */
struct lws *lws_adopt_descriptor_vhost(struct lws_vhost *vh, lws_adoption_type type, lws_sock_file_fd_type fd,
                                       const char *vh_prot_name, struct lws *parent);
struct lws *lws_adopt_socket(struct lws_context *context, lws_sockfd_type accept_fd);
struct lws *lws_adopt_socket_vhost(struct lws_vhost *vh, lws_sockfd_type accept_fd);

LWS_C_END

#endif
