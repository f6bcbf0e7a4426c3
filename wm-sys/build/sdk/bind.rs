//! The bindings, and C functions for what the SDK has as macros.

use std::env;
use std::path::PathBuf;

use bindgen::{Builder, Formatter, MacroTypeVariation, RustEdition};

use super::compiler::{self, Compiler};
use super::error::SdkError;
use super::locate::Tree;

/// What bindgen reads.
const HEADER: &str = "port/wm_iot_sdk.h";

/// Functions, one line a header. What is not named here is not bound.
const FUNCTIONS: &[&str] = &[
    // wm_log.h
    "wm_log_(printf|set_level|get_level)",
    // wm_heap.h, and the macros of wm_osal.h on it
    "wm_heap_get_(minimum_ever_)?free_size|wm_os_internal_(malloc|calloc|realloc|free)",
    // wm_osal.h
    "wm_os_internal_time_delay(_ms)?|wm_os_internal_get_time(_ms)?|wm_os_internal_task_create",
    // wm_event.h
    "wm_event_(add|remove)_callback|wm_event_send",
    // wm_nm_api.h
    "wm_nm_(start|stop)_wifi_(station|softap)|wm_nm_get_wifi_(station|softap)_state",
    "wm_nm_get_netif(_by_name|_ip_info|_ip6_global)?|wm_nm_[sg]et_dns",
];

/// Constants and globals.
const VARIABLES: &[&str] =
    &["WM_ERR_.*", "WM_EVENT_ANY_TYPE|WM_NM_EV|WM_NM_INVALID_NETIF", "WIFI_(STATION|SOFTAP)_NETIF_NAME"];

/// Types that no function above names.
const TYPES: &[&str] = &["wm_ip_addr_type_t"];

/// Writes `sdk.rs` to Cargo's output folder, and compiles the functions for macros.
pub(crate) fn run(tree: &Tree, compiler: &Compiler) -> Result<(), SdkError> {
    // bindgen panics without libclang.
    clang_sys::load().map_err(|_| SdkError::NoLibclang)?;
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let functions = out_dir.join("sdk_macros");
    let builder = allow(formatted(Builder::default()))
        .header(HEADER)
        .clang_args(clang_arguments(tree, compiler))
        .wrap_static_fns(true)
        .wrap_static_fns_path(&functions);
    let bindings = builder.generate().map_err(|error| SdkError::Headers(error.to_string()))?;
    let path = out_dir.join("sdk.rs");
    bindings.write_to_file(&path).map_err(|error| SdkError::Write(path, error))?;
    println!("cargo::rerun-if-changed={HEADER}");
    for variable in ["LIBCLANG_PATH", "BINDGEN_EXTRA_CLANG_ARGS"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let mut build = compiler::build(tree);
    // bindgen's file includes the header by the name it was given.
    build.include(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).file(functions.with_extension("c"));
    build.try_compile("wm_sdk_macros").map_err(|_| SdkError::Compile)
}

fn formatted(builder: Builder) -> Builder {
    builder
        .use_core()
        .ctypes_prefix("::core::ffi")
        .rust_edition(RustEdition::Edition2024)
        .formatter(Formatter::Prettyplease)
        .prepend_enum_name(false)
        .generate_comments(false)
        .layout_tests(false)
        // Error codes are negative, success among them.
        .default_macro_constant_type(MacroTypeVariation::Signed)
        .generate_cstr(true)
}

fn allow(builder: Builder) -> Builder {
    let builder = FUNCTIONS.iter().fold(builder, |builder, names| builder.allowlist_function(names));
    let builder = TYPES.iter().fold(builder, |builder, name| builder.allowlist_type(name));
    VARIABLES.iter().fold(builder, |builder, names| builder.allowlist_var(names))
}

fn clang_arguments(tree: &Tree, compiler: &Compiler) -> Vec<String> {
    let includes = tree.includes.iter().flat_map(|folder| ["-isystem".into(), folder.display().to_string()]);
    let defines = tree.defines.iter().map(|define| format!("-D{define}"));
    includes.chain(defines).chain(compiler.clang_arguments()).collect()
}
