//! Counts primes by trial division: a task that is nothing but work, as much of it as the caller asks for. Where
//! remembering an answer instead of computing it again is the whole difference, this shows it.

larder::component! {
    path: ["../../wit", "wit"],
    world: "examples:primes/counting",
    tasks: [examples::primes::primes],
}

#[larder::tasks]
impl primes::Guest for Component {
    // One processor and next to no memory, so that many run at once; and all the time that a large limit takes.
    #[cached_task("1", size = Custom(Resources { cpus: 1, memory_mib: 64, storage_mib: 16, gpus: 0 }))]
    fn count_below(limit: u64) -> u64 {
        (2..limit).filter(|&n| is_prime(n)).count() as u64
    }
}

fn is_prime(n: u64) -> bool {
    if n < 4 {
        return n >= 2;
    }
    // `d <= n / d` says `d * d <= n` without the overflow.
    !n.is_multiple_of(2) && (3..).step_by(2).take_while(|&d| d <= n / d).all(|d| !n.is_multiple_of(d))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first values of π(10^n), OEIS A006880.
    #[test]
    fn powers_of_ten_have_their_known_counts() {
        for (limit, count) in [(1, 0), (10, 4), (100, 25), (1_000, 168), (10_000, 1_229), (100_000, 9_592)] {
            assert_eq!(<Component as primes::Guest>::count_below(limit), count, "below {limit}");
        }
    }

    #[test]
    fn the_limit_itself_does_not_count() {
        assert_eq!([0, 2, 3, 7, 8].map(<Component as primes::Guest>::count_below), [0, 0, 1, 3, 4]);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        assert!(!is_prime(u64::MAX));
        assert!(!is_prime(0) && !is_prime(1));
    }
}
