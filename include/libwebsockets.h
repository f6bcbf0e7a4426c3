/*
 * The C API of wm-websockets: source-compatible with libwebsockets 4.3.3 as far as a microcontroller needs it.
 *
 * Names, values and layouts are those of libwebsockets, so that firmware written for it compiles unchanged. What behaves
 * differently, and why, is in docs/C-API.md. One subject a file:
 *
 *   lws_config.h     what this library can do
 *   lws/base.h       types and macros that everything uses
 *   lws/log.h        log lines, levels, the firmware's own sink
 *   lws/list.h       linked lists
 *   lws/time.h       clock, timers, timeouts, retry policies
 *   lws/callback.h   why a protocol's callback is called
 *   lws/protocol.h   protocols and their options
 *   lws/context.h    contexts, virtual hosts, mounts
 *   lws/service.h    the loop
 *   lws/write.h      sending, and when to
 *   lws/websocket.h  frames, closing, extensions
 *   lws/http.h       status codes, request fields, responses
 *   lws/forms.h      forms that browsers send
 *   lws/client.h     connecting to servers
 *   lws/address.h    addresses, as numbers and as text
 *   lws/conmon.h     how long the steps of a client's connection took
 *   lws/measure.h    what a context takes of the memory, and what it has done
 *   lws/files.h      files that are a part of the firmware
 *   lws/vfs.h        files of the firmware's own file system
 *   lws/tls.h        what is known of certificates
 *   lws/ring.h       ring buffers for messages to several clients
 *   lws/buflist.h    bytes that wait, in the pieces that they came in
 *   lws/lejp.h       JSON that comes in pieces
 *   lws/lwsac.h      memory that is taken in small pieces and freed at once
 *   lws/system.h     system states, captive portals
 *   lws/adopt.h      sockets that come from elsewhere
 *   lws/tokenize.h   words and numbers of a text, values in it
 *   lws/genhash.h    hashes that take their input in pieces
 *   lws/misc.h       strings, random numbers, command lines
 *
 * Every function may be called only in the task that calls lws_service, with the exception of lws_cancel_service.
 */
#ifndef LIBWEBSOCKETS_H
#define LIBWEBSOCKETS_H

#include "lws/base.h"
#include "lws/log.h"
#include "lws/list.h"
#include "lws/time.h"
#include "lws/callback.h"
#include "lws/protocol.h"
#include "lws/system.h"
#include "lws/context.h"
#include "lws/service.h"
#include "lws/write.h"
#include "lws/websocket.h"
#include "lws/http.h"
#include "lws/forms.h"
#include "lws/client.h"
#include "lws/address.h"
#include "lws/conmon.h"
#include "lws/measure.h"
#include "lws/files.h"
#include "lws/vfs.h"
#include "lws/tls.h"
#include "lws/ring.h"
#include "lws/buflist.h"
#include "lws/lwsac.h"
#include "lws/lejp.h"
#include "lws/adopt.h"
#include "lws/tokenize.h"
#include "lws/genhash.h"
#include "lws/misc.h"

#endif
