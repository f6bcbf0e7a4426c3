/*
 * lwIP's own web server, unchanged: one page, persistent connections, and nothing that it can do without. The page carries
 * its header, which is the cheapest way httpd knows.
 */
#define LWIP_HTTPD_SUPPORT_11_KEEPALIVE 1
#define LWIP_HTTPD_SUPPORT_V09 0
#define HTTPD_FSDATA_FILE "page.h"

#include "fs.c"
#include "httpd.c"
