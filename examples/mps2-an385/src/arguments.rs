//! What the host tells the firmware: `key=value` words on the semihosting command line.

use semihosting::experimental::env;

/// The longest command line, in bytes.
const LONGEST: usize = 256;

/// Options of the board, from the host's command line.
///
/// QEMU passes them with `-semihosting-config ...,arg=KEY=VALUE`, one `arg` each. Without a host the defaults hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// `heap=BYTES`: the heap's size. Default 98,304.
    pub heap: usize,
    /// `port=NUMBER`: the TCP port that the application listens on, or connects to. Default 80.
    pub port: u16,
    /// `count=NUMBER`: how often a client does what it does. Default 0.
    pub count: u32,
    /// `clients=NUMBER`: how many clients there are. Default 1.
    pub clients: u32,
    /// `path=/PATH`: what a client fetches. Default `/`.
    pub path: Path,
    /// `loss=PERCENT`: frames lost in each direction, to test with. Default 0.
    pub loss: u8,
    /// `seed=NUMBER`: which frames are lost. Same seed, same sequence. Default 1.
    pub seed: u32,
    /// `log=off|error|warn|info|debug|trace`: the least severe record to print. Default `info`.
    pub log: log::LevelFilter,
}

/// The longest path, in bytes.
const LONGEST_PATH: usize = 64;

/// A path on the host's server, held without a heap: arguments come before there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    text: [u8; LONGEST_PATH],
    length: u8,
}

impl Path {
    const ROOT: Self = Self { text: [b'/'; LONGEST_PATH], length: 1 };

    /// The path, which begins with `/`.
    pub fn as_str(&self) -> &str {
        let text = self.text.get(..usize::from(self.length)).unwrap_or_default();
        core::str::from_utf8(text).unwrap_or("/")
    }
}

impl core::str::FromStr for Path {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut path = Self { length: text.len() as u8, ..Self::ROOT };
        let place = path.text.get_mut(..text.len()).filter(|_| text.starts_with('/')).ok_or(())?;
        place.copy_from_slice(text.as_bytes());
        Ok(path)
    }
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            heap: 96 * 1024,
            port: 80,
            count: 0,
            clients: 1,
            path: Path::ROOT,
            loss: 0,
            seed: 1,
            log: log::LevelFilter::Info,
        }
    }
}

impl Arguments {
    /// Asks the host.
    pub(crate) fn from_host() -> Self {
        let mut arguments = Self::default();
        if let Ok(words) = env::args::<LONGEST>() {
            (&words).flatten().for_each(|word| arguments.apply(word));
        }
        arguments
    }

    /// Takes one word. One that is no option is the program's name; an impossible value leaves the default.
    fn apply(&mut self, word: &str) {
        let Some((key, value)) = word.split_once('=') else { return };
        match key {
            "heap" => set(&mut self.heap, value),
            "port" => set(&mut self.port, value),
            "count" => set(&mut self.count, value),
            "clients" => set(&mut self.clients, value),
            "path" => set(&mut self.path, value),
            "loss" => set(&mut self.loss, value),
            "seed" => set(&mut self.seed, value),
            "log" => set(&mut self.log, value),
            _ => {}
        }
    }
}

fn set<T: core::str::FromStr>(option: &mut T, value: &str) {
    if let Ok(value) = value.parse() {
        *option = value;
    }
}
