# A library, in a firmware without threads. It is linked, not run.
add_link_options(${PROCESSOR_OPTIONS} -Wl,--gc-sections)
if(PROCESSOR STREQUAL "ck804ef")
    # This toolchain's newlib is without a system, and without startup code.
    set(W800 "${REPOSITORY}/tests/w800/firmware")
    add_link_options(-nostdlib -T "${W800}/link.ld" -Wl,--entry=main -Wl,--no-warn-execstack)
    set(SYSTEM_SOURCES "${W800}/newlib.c")
    set(SYSTEM_LIBRARIES -Wl,--start-group c gcc -Wl,--end-group)
else()
    add_link_options(--specs=nano.specs --specs=nosys.specs)
endif()

# Functions that do next to nothing.
add_library(sdk STATIC "${SDK_STAND_IN}/stand_in.c" "${SDK_STAND_IN}/heap.c")
target_include_directories(sdk SYSTEM PUBLIC port ${SDK_HEADERS} "${SDK_CONFIG}")

# The project's own lwIP, all of it: the linker drops what nobody calls.
file(GLOB LWIP_SOURCES "${LWIP}/src/core/*.c" "${LWIP}/src/core/ipv4/*.c" "${LWIP}/src/core/ipv6/*.c")
add_library(lwip STATIC ${LWIP_SOURCES} "${LWIP}/src/netif/ethernet.c" port/sys_now.c)
target_include_directories(lwip SYSTEM PUBLIC "${LWIP}/src/include")
target_include_directories(lwip PUBLIC port)
target_compile_definitions(lwip PUBLIC LWIP_IPV6=$<BOOL:${LWIP_ENABLE_IPV6}>)
target_link_libraries(lwip PRIVATE sdk)

set(LWIP_DIR "${LWIP}")
set(LWIPOPTS_DIR "${CMAKE_CURRENT_SOURCE_DIR}/port")
set(LWIP_PORT_DIR "${LWIPOPTS_DIR}" "${SDK_CONFIG}" ${SDK_HEADERS})
include("${REPOSITORY}/component/CMakeLists.txt")

add_executable(firmware.elf main/main.c "${REPOSITORY}/wm-sys/port/wm_iot_sdk.c" ${SYSTEM_SOURCES})
target_link_libraries(firmware.elf PRIVATE websockets lwip sdk ${SYSTEM_LIBRARIES})
