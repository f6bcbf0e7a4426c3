//! Our TLS sessions beside Mbed TLS driven directly, over memory, in turn: `wm-tls ROUNDS` prints a line `work <tab> unit <tab> ours
//! <tab> direct <tab> ratio` for each kind of work. Rates are medians, and the ratio is the median of the rounds' ratios.
//!
//! `wm-tls ours|direct WORK VERSION SAMPLES` does one thing only, for a profiler: `valgrind --tool=callgrind`.

mod direct;
mod servers;
mod wires;
mod work;

use std::error::Error;

use direct::{CHOICES, Choice, Configuration};
use servers::{Direct, Ours};
use wm_websockets::tls::Engine;
use work::{ALL, Work};

fn main() -> Result<(), Box<dyn Error>> {
    wm_sys::host::install();
    // Before all else: it gives Mbed TLS its heap, its clock and the hook for P-256, for both sides.
    let engine = Engine::new()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [rounds] => compare(&engine, rounds.parse()?),
        [side, work, version, samples] => one(&engine, side, work, version, samples.parse()?)?,
        _ => return Err("usage: wm-tls ROUNDS | ours|direct WORK VERSION SAMPLES".into()),
    }
    Ok(())
}

fn compare(engine: &Engine, rounds: usize) {
    for choice in &CHOICES {
        let (ours, direct) = (Ours::new(engine, choice), Direct::new(choice));
        let client = Configuration::client(choice);
        for work in ALL {
            let round = |number: usize| {
                // Who begins changes, so that neither always finds what the other left in the caches.
                let mut rates = (0.0, 0.0);
                for side in [number % 2, (number + 1) % 2] {
                    match side {
                        0 => rates.0 = work.rate(&ours, &client),
                        _ => rates.1 = work.rate(&direct, &client),
                    }
                }
                rates
            };
            round(0);
            let rates: Vec<(f64, f64)> = (0..rounds).map(round).collect();
            let of = |figure: fn(&(f64, f64)) -> f64| median(rates.iter().map(figure).collect());
            let (ours, direct, ratio) = (of(|rates| rates.0), of(|rates| rates.1), of(|(a, b)| a / b));
            println!("{}, {}\t{}\t{ours:.2}\t{direct:.2}\t{ratio:.4}", choice.name, work.name(), work.unit());
        }
    }
}

fn one(engine: &Engine, side: &str, work: &str, version: &str, samples: usize) -> Result<(), Box<dyn Error>> {
    let choice: &'static Choice =
        CHOICES.iter().find(|choice| choice.name.ends_with(version)).ok_or("the versions are 1.2 and 1.3")?;
    let work: Work = ALL.into_iter().find(|known| known.name() == work).ok_or("no such work")?;
    let client = Configuration::client(choice);
    for _ in 0..samples {
        match side {
            "ours" => work.rate(&Ours::new(engine, choice), &client),
            _ => work.rate(&Direct::new(choice), &client),
        };
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
