//! x
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect(); for seed in a[0]..a[1] {
        let o = gatepass_simulate::run(gatepass_simulate::Plan::of(seed), None);
        if !o.wrong.is_empty() || a.len() > 2 { println!("{}\n{:?} steps {} counts {:?} lasted {}", o.plan, o.wrong, o.steps, o.counts, o.lasted); }
        if a.len() > 2 { println!("{}", o.told); }
    }
}
