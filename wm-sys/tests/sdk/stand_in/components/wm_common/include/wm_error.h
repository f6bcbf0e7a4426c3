/* Status of most functions. */
#pragma once

#define WM_ERR_SUCCESS 0
#define WM_ERR_FAILED -1
#define WM_ERR_NO_MEM -2
#define WM_ERR_INVALID_PARAM -3
#define WM_ERR_BUSY -4
#define WM_ERR_TIMEOUT -5
#define WM_ERR_NO_SUPPORT -6
#define WM_ERR_NO_INITED -7
