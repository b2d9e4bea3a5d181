#[test]
fn tmpx() { let b = std::time::Instant::now(); let t = gatepass_explore::trace::traces(&gatepass_explore::catalogue::steps()); for t in &t { println!("{}  ({} steps)", t.shows, t.steps.len()); } println!("{} in {:?}", t.len(), b.elapsed()); }
