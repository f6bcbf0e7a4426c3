//! What idle connections hold: `wm-instructions heap-ours-get 0 100` prints our bytes and lwIP's with a hundred of them.

use crate::heap;
use crate::scenario::Bench;

/// Runs `heap-SCENARIO`; false where that is no name of one of these.
pub fn run(name: &str, connections: usize) -> bool {
    let Some(scenario) = name.strip_prefix("heap-") else { return false };
    let (whose, what) = scenario.split_once('-').expect("heap-ours-... or heap-baseline-...");
    let mut bench = Bench::new(whose);
    for _ in 0..connections {
        bench.idle(what);
    }
    bench.settle();
    let held = heap::held();
    println!("{} {}", held.ours, held.lwip);
    true
}
