//! What can go wrong with the SDK. Each message is one sentence that says the mend.

use std::fmt;
use std::path::PathBuf;

/// Why the SDK cannot be bound.
#[derive(Debug)]
pub(crate) enum SdkError {
    /// `WM_SDK_DIR` is not set.
    NoSdk,
    /// A header of the SDK is not where it should be.
    NoHeader {
        /// As C includes it.
        header: &'static str,
        /// The folders that were searched.
        searched: Vec<PathBuf>,
    },
    /// The project's `wmsdk_config.h` is not where it should be.
    NoConfiguration(Vec<PathBuf>),
    /// The C compiler of the target cannot be started.
    NoCompiler(PathBuf),
    /// bindgen cannot load libclang.
    NoLibclang,
    /// clang rejects the SDK's headers.
    Headers(String),
    /// The C compiler rejects them.
    Compile,
    /// The bindings cannot be written.
    Write(PathBuf, std::io::Error),
}

impl fmt::Display for SdkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSdk => f.write_str(
                "the feature `wm-iot-sdk` reads the headers of the WinnerMicro IoT SDK: \
                 set WM_SDK_DIR to a checkout of it, the folder that has components/wm_net_manager/include/wm_nm_api.h",
            ),
            Self::NoHeader { header, searched } => write!(
                f,
                "there is no {header} in {}: set WM_SDK_DIR to a checkout of the WinnerMicro IoT SDK, \
                 or add the folder of {header} to WM_SDK_INCLUDE_DIR",
                list(searched)
            ),
            Self::NoConfiguration(searched) => write!(
                f,
                "there is no wmsdk_config.h in {}: the build of an SDK project generates it, \
                 set WM_SDK_CONFIG_DIR to the folder build/config of yours",
                list(searched)
            ),
            Self::NoCompiler(program) => write!(
                f,
                "the C compiler {} cannot be started: install the one of the target, or set CC_<target>",
                program.display()
            ),
            Self::NoLibclang => f.write_str(
                "libclang, which generates the bindings, was not found: \
                 install libclang (Debian: apt-get install libclang-dev) or set LIBCLANG_PATH to its folder",
            ),
            Self::Headers(diagnostics) => write!(
                f,
                "clang rejects the SDK's headers: mend what it names, or add folders to WM_SDK_INCLUDE_DIR and \
                 macros to WM_SDK_DEFINES, {}",
                first_error(diagnostics)
            ),
            Self::Compile => f.write_str(
                "the C compiler rejects the SDK's headers: mend what its messages, printed as warnings of wm-sys, name",
            ),
            Self::Write(path, error) => {
                write!(f, "{} cannot be written ({error}): make room or mend its permissions", path.display())
            }
        }
    }
}

impl std::error::Error for SdkError {}

fn list(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// The first of clang's errors: the others mostly follow from it. Cargo takes an error as one line.
fn first_error(diagnostics: &str) -> &str {
    let mut lines = diagnostics.lines().map(str::trim);
    lines.find(|line| line.contains("error: ")).unwrap_or("which it does not say")
}
