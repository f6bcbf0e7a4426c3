/* lwIP's configuration as the SDK's: it includes the project's configuration and other components. */
#ifndef SDK_LWIPOPTS_H
#define SDK_LWIPOPTS_H

#ifndef SDK_KEEPS_HEADERS_OUT
#error "the SDK's macros are missing"
#endif

#include "wmsdk_config.h"
#include "wm_types.h"

#include "../../../examples/mps2-an385/freertos/lwip/lwipopts.h"

#endif
