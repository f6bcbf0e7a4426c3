# A component among the SDK's, on FreeRTOS: the firmware in C and Rust of examples/mixed, unchanged.

# What the SDK compiles all C with.
set(DEFINE_MACRO -DCONFIG_PROJECT_NAME="firmware" -DSDK_KEEPS_HEADERS_OUT)
add_compile_definitions(SDK_KEEPS_HEADERS_OUT)

include(sdk.cmake)
set(RTOS_INCLUDES "${CMAKE_CURRENT_SOURCE_DIR}/sdk" "${SDK_CONFIG}" ${SDK_HEADERS})
include("${REPOSITORY}/examples/mps2-an385/freertos/rtos.cmake")

add_library(sdk STATIC sdk/osal.c "${SDK_STAND_IN}/heap.c")
target_include_directories(sdk SYSTEM PUBLIC "${SDK_CONFIG}" ${SDK_HEADERS})
target_include_directories(sdk PRIVATE $<TARGET_PROPERTY:rtos,INTERFACE_INCLUDE_DIRECTORIES>)

# The folders as a user of the SDK has them: the component finds lwIP there by itself.
set(SDK_PATH "${CMAKE_BINARY_DIR}/sdk")
set(wmsdk_config_dir "${SDK_CONFIG}")
file(MAKE_DIRECTORY "${SDK_PATH}/components/lwip")
file(CREATE_LINK "${LWIP}/src" "${SDK_PATH}/components/lwip/src" SYMBOLIC)
file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}/sdk" "${SDK_PATH}/components/lwip/port" SYMBOLIC)
# What the SDK reads out of the components' CMakeLists.txt before any of them is processed, one that the chip lacks included.
set(all_component_incs
    ${SDK_HEADERS} "${RTOS}/lwip" "${REPOSITORY}/wm-sys/include" "${SDK_PATH}/components/of_another_chip/include")
set(WM_WEBSOCKETS_CRATE "${REPOSITORY}/examples/mixed/Cargo.toml")
set(WM_WEBSOCKETS_NAMES thermometer_*)
file(CREATE_LINK "${REPOSITORY}/component" "${SDK_PATH}/components/websockets" SYMBOLIC)
add_subdirectory("${SDK_PATH}/components/websockets" components/websockets)
target_compile_options(websockets PRIVATE -Werror)

set(APPLICATION "${REPOSITORY}/examples/mixed/main.c")
set_source_files_properties("${APPLICATION}" PROPERTIES COMPILE_DEFINITIONS PORT=80)
add_executable(firmware.elf "${APPLICATION}")
target_include_directories(firmware.elf PRIVATE ${all_component_incs})
link_components(firmware.elf rtos sdk ${all_component_libs})
