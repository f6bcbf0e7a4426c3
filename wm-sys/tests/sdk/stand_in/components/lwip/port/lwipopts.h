/* What the network manager's headers include, and FreeRTOS with it. */
#pragma once

#include "freertos/FreeRTOS.h"
