/* What lwIP asks of this project's system: a clock. */
#include "lwip/sys.h"
#include "wm_osal.h"

u32_t sys_now(void) {
    return wm_os_internal_get_time_ms();
}
