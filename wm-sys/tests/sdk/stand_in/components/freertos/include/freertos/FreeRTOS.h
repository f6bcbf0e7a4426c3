#pragma once

#include "freertos/FreeRTOSConfig.h"

#ifndef configMAX_PRIORITIES
#error "the chip's configuration of FreeRTOS comes first"
#endif
