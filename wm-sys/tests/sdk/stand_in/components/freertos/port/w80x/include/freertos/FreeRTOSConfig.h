/* FreeRTOS's configuration for one family of chips. */
#pragma once

#define configMAX_PRIORITIES 32
