/* What a project's configuration generates. -DCONFIG_LOG_DEFAULT_LEVEL=0 is a project without a log. */
#pragma once

#ifndef CONFIG_LOG_DEFAULT_LEVEL
#define CONFIG_LOG_DEFAULT_LEVEL 3
#endif
#define CONFIG_LWIP_ENABLE_IPV4 1
#define CONFIG_CHIP_FAMILY_NAME "w80x"
#ifndef CONFIG_FREERTOS_HZ
#define CONFIG_FREERTOS_HZ 1000
#endif
