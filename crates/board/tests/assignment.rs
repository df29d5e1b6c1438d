//! Assignments against all that there are, and large ones against their bounds.

use proptest::prelude::*;
use sostenuto_board::assignment::{Item, NoSolution, Problem};

/// The least cost of all assignments that fit.
fn least(problem: &Problem) -> Option<u64> {
    let (regions, items) = (problem.capacities.len(), problem.items.len());
    (0..regions.pow(items as u32))
        .filter_map(|number| {
            let assignment: Vec<_> =
                (0..items as u32).map(|item| number / regions.pow(item) % regions).collect();
            problem.cost(&assignment)
        })
        .min()
}

fn small() -> impl Strategy<Value = Problem> {
    (1..4_usize).prop_flat_map(|regions| {
        let cost = prop_oneof![4 => (0..1000_u64).prop_map(Some), 1 => Just(None)];
        let item = (0..100_u64, prop::collection::vec(cost, regions))
            .prop_map(|(bytes, costs)| Item { bytes, costs });
        (prop::collection::vec(0..250_u64, regions), prop::collection::vec(item, 0..8))
            .prop_map(|(capacities, items)| Problem { capacities, items })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What is found fits and is between the bound and no more than a half above the least; what is not found is rare.
    #[test]
    fn a_small_assignment_is_near_the_least(problem in small()) {
        match (problem.solve(), least(&problem)) {
            (Ok(solution), Some(least)) => {
                prop_assert_eq!(problem.cost(&solution.regions), Some(solution.cost));
                prop_assert!(solution.bound <= least && least <= solution.cost, "{:?}, least {}", solution, least);
                if solution.gap() == 0.0 {
                    prop_assert_eq!(solution.cost, least);
                }
                let proven = problem.prove(u64::MAX).unwrap();
                prop_assert_eq!((proven.cost, proven.bound), (least, least));
                prop_assert_eq!(problem.cost(&proven.regions), Some(least));
            }
            (Ok(solution), None) => prop_assert!(false, "{:?} does not fit", solution),
            (Err(NoSolution::TooLarge { item, .. }), least) => {
                prop_assert_eq!(least, None);
                let Item { bytes, costs } = &problem.items[item];
                prop_assert!(costs.iter().zip(&problem.capacities).all(|(cost, room)| cost.is_none() || room < bytes));
            }
            (Err(NoSolution::NotFound), _) => {}
        }
    }
}

/// A program of 150 small states, 40 delay lines and 10 tables on a board with two fast regions and a large slow one.
fn program() -> Problem {
    let mut seed = 7_u64;
    let mut below = |end: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % end
    };
    let mut item = |least: u64, spread: u64, accesses: u64| {
        let (bytes, accesses) = (least + 4 * below(spread), accesses * (1 + below(8)));
        Item { bytes, costs: vec![Some(accesses), Some(4 * accesses), Some(30 * accesses)] }
    };
    let mut items: Vec<_> = (0..150).map(|_| item(4, 32, 48)).collect();
    items.extend((0..40).map(|_| item(1024, 8192, 48)));
    items.extend((0..10).map(|_| item(512, 1024, 48)));
    Problem { capacities: vec![64 << 10, 256 << 10, 64 << 20], items }
}

#[test]
fn a_large_assignment_is_near_its_bound_and_always_the_same() {
    let solution = program().solve().unwrap();
    assert_eq!(program().cost(&solution.regions), Some(solution.cost));
    assert!(solution.gap() < 0.01, "{} above {}", solution.cost, solution.bound);
    assert_eq!(program().solve().unwrap(), solution);
    let searched = program().prove(100_000).unwrap();
    assert!(searched.cost <= solution.cost && searched.bound >= solution.bound);
}

/// A price is what a byte more would save, where items are so small that bytes can be used one by one.
#[test]
fn the_price_of_a_byte_is_what_one_more_would_save() {
    let items = (1..=500)
        .map(|accesses| Item { bytes: 8, costs: vec![Some(accesses), Some(11 * accesses)] })
        .collect();
    let mut problem = Problem { capacities: vec![1600, 8000], items };
    let before = problem.solve().unwrap();
    assert_eq!(before.gap(), 0.0);
    problem.capacities[0] += 80;
    // The 200 most accessed items are in the fast region: the next ten are accessed 300 times at most.
    let saved = before.cost - problem.solve().unwrap().cost;
    assert_eq!(saved, (291..=300).map(|accesses| 10 * accesses).sum::<u64>());
    assert!(
        (before.prices[0] * 80.0 / saved as f64 - 1.0).abs() < 0.05,
        "{saved} saved at {:?}",
        before.prices
    );
    assert_eq!(before.prices[1], 0.0, "the slow region has room left");
}

#[test]
fn what_fits_nowhere_is_named() {
    let mut problem = program();
    problem.items[17] = Item { bytes: 65 << 10, costs: vec![Some(1), None, None] };
    let error = problem.solve().unwrap_err();
    assert_eq!(error, NoSolution::TooLarge { item: 17, bytes: 65 << 10 });
    assert_eq!(error.to_string(), "item 17 of 66560 B is larger than each region where it may be");
}
