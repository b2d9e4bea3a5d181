//! Breadth first, so that the first story found is the shortest.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;

use gatepass_core::renewal::State;

use crate::hash::{Hashed, hash};
use crate::moves::Moves;
use crate::scenario::Scenario;
use crate::story::{Label, What, state, writer};
use crate::world::{Role, World, Wrong};

/// What an exploration found.
#[derive(Debug)]
pub struct Found {
    pub states: usize,
    pub moves: usize,
    /// Whether every state was reached, or the search stopped at its bound or at the first story.
    pub complete: bool,
    /// For each thing that must not happen: the shortest story.
    pub stories: BTreeMap<Wrong, Story>,
    /// Who turned a row in which state into a row in which state.
    pub turns: BTreeSet<(&'static str, &'static str, &'static str)>,
    /// How the rows stand in states where nobody is in the middle of anything.
    pub landings: BTreeMap<&'static str, usize>,
}

/// What happened, step by step.
#[derive(Debug)]
pub struct Story {
    pub steps: Vec<Label>,
    pub lands: String,
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, label) in self.steps.iter().enumerate() {
            writeln!(f, "    {:>2}. {label}", number + 1)?;
        }
        write!(f, "     => {}", self.lands)
    }
}

/// Explores everything, or up to `bound` states; `first`: stops at the first thing that must not happen.
pub fn explore(scenario: &Scenario, bound: usize, first: bool) -> Found {
    let start = World::new(scenario).canonical(scenario.replicas);
    let mut seen: HashMap<u128, u32, Hashed> = HashMap::default();
    let mut parents: Vec<(u32, u16)> = vec![(0, 0)];
    seen.insert(hash(&start), 0);
    let mut quiet: Vec<u32> = Vec::new();
    let mut ways: Vec<(u32, u32)> = Vec::new();
    let mut queue = VecDeque::from([(0_u32, start)]);
    let mut found = Found {
        states: 1,
        moves: 0,
        complete: true,
        stories: BTreeMap::new(),
        turns: BTreeSet::new(),
        landings: BTreeMap::new(),
    };
    while let Some((number, world)) = queue.pop_front() {
        let moves = Moves::of(scenario, &world);
        if world.actors.iter().all(|actor| actor.run.is_none()) {
            quiet.push(number);
        }
        let mut stuck = true;
        for (index, (next, label)) in moves.next.into_iter().enumerate() {
            found.moves += 1;
            let wrong = next.wrong;
            if let (Some((role, _)), What::Writes(_)) = (label.who, label.what) {
                found.turns.insert((writer(role), state(world.row), state(next.row)));
            }
            let next = next.canonical(scenario.replicas);
            let own = !label.fault && !matches!(label.what, What::Begins | What::LogsIn);
            stuck &= !own || next == world;
            let fresh = u32::try_from(parents.len()).expect("fewer than 2^32 states");
            let reached = *seen.entry(hash(&next)).or_insert(fresh);
            if own {
                ways.push((reached, number));
            }
            if reached != fresh {
                continue;
            }
            parents.push((number, index as u16));
            match wrong {
                Some(wrong) => {
                    found.stories.entry(wrong).or_insert_with(|| tell(scenario, &parents, fresh));
                    if first {
                        found.complete = false;
                        found.states = parents.len();
                        return found;
                    }
                }
                None => queue.push_back((fresh, next)),
            }
        }
        if stuck {
            let landing = land(scenario, &world);
            *found.landings.entry(landing.0).or_default() += 1;
            if let Some(wrong) = landing.1
                && !found.stories.contains_key(&wrong)
            {
                found.stories.insert(wrong, tell(scenario, &parents, number));
                if first {
                    found.complete = false;
                    break;
                }
            }
        }
        if parents.len() > bound {
            found.complete = false;
            break;
        }
    }
    found.states = parents.len();
    if found.complete
        && found.stories.is_empty()
        && let Some(lost) = unanswered(parents.len(), quiet, ways)
    {
        found.stories.insert(Wrong::Unanswered, tell(scenario, &parents, lost));
    }
    found
}

/// The first state, if any, from which what happens of itself does not lead to one where everybody is answered.
fn unanswered(states: usize, mut quiet: Vec<u32>, mut ways: Vec<(u32, u32)>) -> Option<u32> {
    ways.sort_unstable();
    let mut answered = vec![false; states];
    quiet.iter().for_each(|state| answered[*state as usize] = true);
    while let Some(state) = quiet.pop() {
        let first = ways.partition_point(|(to, _)| *to < state);
        for (_, from) in ways[first..].iter().take_while(|(to, _)| *to == state) {
            if !std::mem::replace(&mut answered[*from as usize], true) {
                quiet.push(*from);
            }
        }
    }
    answered.iter().position(|answered| !answered).map(|state| state as u32)
}

/// How a state stands in which nothing happens of itself any more.
fn land(scenario: &Scenario, world: &World) -> (&'static str, Option<Wrong>) {
    if world.actors.iter().any(|actor| actor.run.is_some()) {
        return ("somebody waits", Some(Wrong::Unanswered));
    }
    let complete = world.faults < scenario.faults
        || (0..world.provider.families.len())
            .all(|family| world.fenced & (1 << family) == 0 || !world.provider.lives(family));
    let name = match world.row.map(|row| row.state) {
        None => "no row",
        Some(State::Active) => "active",
        Some(State::Refreshing) => "refreshing, nobody there",
        Some(State::Suspect) => "suspect",
        Some(State::Revoking) => "revoking",
        Some(_) => "dead",
    };
    let logged_out =
        matches!(world.row, None | Some(gatepass_core::renewal::Journal { state: State::Dead(_), .. }));
    (name, (logged_out && !complete).then_some(Wrong::LogoutIncomplete))
}

/// Walks from the start to a state and writes down the way.
fn tell(scenario: &Scenario, parents: &[(u32, u16)], end: u32) -> Story {
    let mut way = Vec::new();
    let mut at = end;
    while at != 0 {
        let (parent, index) = parents[at as usize];
        way.push(index);
        at = parent;
    }
    let mut world = World::new(scenario).canonical(scenario.replicas);
    let mut names: Vec<usize> = (0..scenario.replicas).collect();
    let mut steps = Vec::new();
    for index in way.into_iter().rev() {
        let (next, mut label) = Moves::of(scenario, &world).next.swap_remove(usize::from(index));
        if let Some((Role::Replica, place)) = &mut label.who {
            *place = names[*place];
        }
        steps.push(label);
        let (next, order) = next.sorted(scenario.replicas);
        names = order.into_iter().map(|place| names[place]).collect();
        world = next;
    }
    let lives = |family: &crate::provider::Family| match family.life {
        crate::provider::Life::Alive => "alive",
        crate::provider::Life::Revoked => "revoked by us",
        crate::provider::Life::Withdrawn => "withdrawn by the person",
        crate::provider::Life::Swept => "revoked with everything at a logout",
        crate::provider::Life::Theft => "revoked by the provider, which saw a token twice",
    };
    let families: Vec<_> = world.provider.families.iter().map(lives).collect();
    let row = world.row.map_or("no row".into(), |row| format!("row {:?}", row.state));
    Story { steps, lands: format!("{row}; family {}", families.join("; family ")) }
}
