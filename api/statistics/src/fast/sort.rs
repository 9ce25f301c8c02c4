//! Sorts numbers of 64 bits, within registers of 512 bits where a processor has them, and by the library where not.
//! Not what the numbers stand for.

/// Sorts; lent room serves every call.
pub(crate) fn sort(numbers: &mut [u64], room: &mut Vec<u64>) {
    #[cfg(target_arch = "x86_64")]
    if numbers.len() > registers::FEW
        && let Some(simd) = registers::simd()
    {
        return registers::sort(simd, numbers, room, registers::looks(numbers.len()));
    }
    let _ = room;
    numbers.sort_unstable();
}

/// Registers of 512 bits: up to [`MOST`] numbers are sorted within them, more are parted first.
#[cfg(target_arch = "x86_64")]
mod registers {
    use pulp::Simd;
    use pulp::x86::V4;
    use std::arch::x86_64::__m512i;
    use std::sync::LazyLock;

    /// Numbers of a register.
    const LANES: usize = 8;
    /// Registers that are sorted together at most, and the numbers in them.
    const ROWS: usize = 16;
    const MOST: usize = LANES * ROWS;
    /// Up to so many the library sorts as fast.
    pub const FEW: usize = 5;
    /// Ranges that wait to be sorted, at most: the larger one waits, and what is gone on with has at most half of
    /// what was parted.
    const WAITING: usize = 24;

    pub fn simd() -> Option<V4> {
        static SIMD: LazyLock<Option<V4>> = LazyLock::new(V4::try_new);
        *SIMD
    }

    /// How many looks at numbers may be spent on parting so many: several times what they take in any order but
    /// one made for the purpose.
    pub fn looks(n: usize) -> usize {
        2 * n * n.checked_ilog2().unwrap_or(0) as usize
    }

    struct Sort<'a> {
        simd: V4,
        numbers: &'a mut [u64],
        room: &'a mut Vec<u64>,
        looks: usize,
    }

    impl pulp::NullaryFnOnce for Sort<'_> {
        type Output = ();
        #[inline(always)]
        fn call(self) {
            sort_by_parts(self.simd, self.numbers, self.room, self.looks);
        }
    }

    pub fn sort(simd: V4, numbers: &mut [u64], room: &mut Vec<u64>, looks: usize) {
        simd.vectorize(Sort { simd, numbers, room, looks });
    }

    /// Parts what does not fit into the registers, until it does; where that does not come to an end, the library
    /// sorts the rest.
    #[inline(always)]
    fn sort_by_parts(simd: V4, numbers: &mut [u64], room: &mut Vec<u64>, mut looks: usize) {
        let mut waiting = [(0, 0); WAITING];
        let (mut waits, mut start, mut end) = (0, 0, numbers.len());
        loop {
            let range = &mut numbers[start..end];
            let n = range.len();
            let mut below = 0;
            if n > MOST && waits < WAITING && looks >= n {
                looks -= n;
                below = part(simd, range, middle_of_nine(range), room);
            }
            // None is below where the least of them comes several times.
            if below > 0 {
                let middle = start + below;
                let (larger, smaller) = if below > n - below {
                    ((start, middle), (middle, end))
                } else {
                    ((middle, end), (start, middle))
                };
                waiting[waits] = larger;
                waits += 1;
                (start, end) = smaller;
                continue;
            }
            match n {
                ..=FEW => range.sort_unstable(),
                _ if n <= 4 * LANES => rows_of::<4>(simd, range),
                _ if n <= 8 * LANES => rows_of::<8>(simd, range),
                _ if n <= MOST => rows_of::<ROWS>(simd, range),
                _ => range.sort_unstable(),
            }
            if waits == 0 {
                return;
            }
            waits -= 1;
            (start, end) = waiting[waits];
        }
    }

    /// The median of three medians of three of the numbers (Tukey's ninther): not the least where all differ.
    #[inline(always)]
    fn middle_of_nine(numbers: &[u64]) -> u64 {
        let step = numbers.len() / 9;
        let middle = |[a, b, c]: [u64; 3]| a.min(b).max(a.max(b).min(c));
        let three = |at: usize| middle([0, 3, 6].map(|more| numbers[(at + more) * step]));
        middle([three(0), three(1), three(2)])
    }

    /// Puts what is below a pivot before the rest; gives how many are.
    #[inline(always)]
    fn part(simd: V4, numbers: &mut [u64], pivot: u64, room: &mut Vec<u64>) -> usize {
        let n = numbers.len();
        // Eight are written at a time, of which some may not belong there.
        if room.len() < n + LANES {
            room.resize(n + LANES, 0);
        }
        let (mut below, mut others) = (0, 0);
        let pivots = simd.splat_u64s(pivot);
        let pivots: __m512i = pulp::cast(pivots);
        let full = n / LANES * LANES;
        for at in (0..full).step_by(LANES) {
            let eight: __m512i = read(&numbers[at..at + LANES]);
            let mask = simd.avx512f._mm512_cmplt_epu64_mask(eight, pivots);
            // Never beyond what has been read.
            write(&mut numbers[below..below + LANES], simd.avx512f._mm512_maskz_compress_epi64(mask, eight));
            write(&mut room[others..others + LANES], simd.avx512f._mm512_maskz_compress_epi64(!mask, eight));
            let found = mask.count_ones() as usize;
            below += found;
            others += LANES - found;
        }
        for at in full..n {
            let number = numbers[at];
            numbers[below] = number;
            room[others] = number;
            below += usize::from(number < pivot);
            others += usize::from(number >= pivot);
        }
        numbers[below..].copy_from_slice(&room[..others]);
        below
    }

    #[inline(always)]
    fn read(eight: &[u64]) -> __m512i {
        let mut row = [0u64; LANES];
        row.copy_from_slice(eight);
        pulp::cast(row)
    }

    #[inline(always)]
    fn write(eight: &mut [u64], row: __m512i) {
        let row: [u64; LANES] = pulp::cast(row);
        eight.copy_from_slice(&row);
    }

    /// Sorts what fits into so many registers: first each place of the registers by itself, one as fast as
    /// eight, then two, four and eight of them together (the bitonic merge of Batcher 1968).
    #[inline(always)]
    fn rows_of<const R: usize>(simd: V4, numbers: &mut [u64]) {
        let mut table = [[u64::MAX; LANES]; R];
        table.as_flattened_mut()[..numbers.len()].copy_from_slice(numbers);
        let mut rows: [__m512i; R] = table.map(pulp::cast);
        places(simd, &mut rows);
        const PAIRS: [u64; LANES] = [1, 0, 3, 2, 5, 4, 7, 6];
        const FOURS: [u64; LANES] = [3, 2, 1, 0, 7, 6, 5, 4];
        const EIGHT: [u64; LANES] = [7, 6, 5, 4, 3, 2, 1, 0];
        const BY_TWO: [u64; LANES] = [2, 3, 0, 1, 6, 7, 4, 5];
        mirrored(simd, &mut rows, PAIRS, 0xaa);
        within(simd, &mut rows);
        mirrored(simd, &mut rows, FOURS, 0xcc);
        across(simd, &mut rows, PAIRS, 0xaa);
        within(simd, &mut rows);
        mirrored(simd, &mut rows, EIGHT, 0xf0);
        across(simd, &mut rows, BY_TWO, 0xcc);
        across(simd, &mut rows, PAIRS, 0xaa);
        within(simd, &mut rows);
        let table: [[u64; LANES]; R] = rows.map(pulp::cast);
        for (at, number) in numbers.iter_mut().enumerate() {
            *number = table[at % R][at / R];
        }
    }

    /// The lesser of each place to the first of two rows, the greater to the second.
    #[inline(always)]
    fn exchange<const R: usize>(simd: V4, rows: &mut [__m512i; R], a: usize, b: usize) {
        let (x, y) = (rows[a], rows[b]);
        rows[a] = simd.avx512f._mm512_min_epu64(x, y);
        rows[b] = simd.avx512f._mm512_max_epu64(x, y);
    }

    /// Of a row and another with its places elsewhere the lesser, and where the mask says so the greater.
    #[inline(always)]
    fn lesser_or_greater(simd: V4, row: __m512i, other: __m512i, greater: u8) -> __m512i {
        let lesser = simd.avx512f._mm512_min_epu64(row, other);
        simd.avx512f._mm512_mask_max_epu64(lesser, greater, row, other)
    }

    /// Holds each place to the one it is mirrored to, in the rows from the other end.
    #[inline(always)]
    fn mirrored<const R: usize>(simd: V4, rows: &mut [__m512i; R], places: [u64; LANES], greater: u8) {
        let places = pulp::cast(places);
        for a in 0..R / 2 {
            let b = R - 1 - a;
            let (x, y) = (rows[a], rows[b]);
            let [of_x, of_y] = [x, y].map(|row| simd.avx512f._mm512_permutexvar_epi64(places, row));
            rows[a] = lesser_or_greater(simd, x, of_y, greater);
            rows[b] = lesser_or_greater(simd, y, of_x, greater);
        }
    }

    /// Holds each place to another one of the same row.
    #[inline(always)]
    fn across<const R: usize>(simd: V4, rows: &mut [__m512i; R], places: [u64; LANES], greater: u8) {
        let places = pulp::cast(places);
        for row in rows {
            let other = simd.avx512f._mm512_permutexvar_epi64(places, *row);
            *row = lesser_or_greater(simd, *row, other, greater);
        }
    }

    #[inline(always)]
    fn halves<const R: usize, const APART: usize>(simd: V4, rows: &mut [__m512i; R]) {
        for a in 0..R {
            if a & APART == 0 && a + APART < R {
                exchange(simd, rows, a, a + APART);
            }
        }
    }

    /// Sorts each place by itself, where it rises and then falls.
    #[inline(always)]
    fn within<const R: usize>(simd: V4, rows: &mut [__m512i; R]) {
        halves::<R, 8>(simd, rows);
        halves::<R, 4>(simd, rows);
        halves::<R, 2>(simd, rows);
        halves::<R, 1>(simd, rows);
    }

    #[inline(always)]
    fn mirrored_rows<const R: usize, const OF: usize>(simd: V4, rows: &mut [__m512i; R]) {
        for a in 0..R {
            let in_block = a % OF;
            if in_block < OF / 2 {
                exchange(simd, rows, a, a - in_block + OF - 1 - in_block);
            }
        }
    }

    /// Sorts each place by itself.
    #[inline(always)]
    fn places<const R: usize>(simd: V4, rows: &mut [__m512i; R]) {
        mirrored_rows::<R, 2>(simd, rows);
        mirrored_rows::<R, 4>(simd, rows);
        halves::<R, 1>(simd, rows);
        if R >= 8 {
            mirrored_rows::<R, 8>(simd, rows);
            halves::<R, 2>(simd, rows);
            halves::<R, 1>(simd, rows);
        }
        if R >= 16 {
            mirrored_rows::<R, 16>(simd, rows);
            halves::<R, 4>(simd, rows);
            halves::<R, 2>(simd, rows);
            halves::<R, 1>(simd, rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_out_in_order_however_many_and_however_they_lie() {
        let mut state = 9u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut room = Vec::new();
        for n in (0..700).chain([1000, 2048, 4095, 4096, 20_000]) {
            let drawn: Vec<u64> = (0..n as u64).map(|at| next() << 16 | at).collect();
            let mut rising = drawn.clone();
            rising.sort_unstable();
            let falling: Vec<u64> = rising.iter().rev().copied().collect();
            // Half of them rise, half fall.
            let organ: Vec<u64> =
                (rising.iter().step_by(2)).chain(falling.iter().step_by(2)).copied().collect();
            // Some of those that the ninther is of stand elsewhere.
            let mut bad = rising.clone();
            for at in 0..n.min(9) {
                bad.swap(at, at * (n / 9).max(1) % n.max(1));
            }
            let alike = rising.iter().map(|number| number % 3).collect();
            for mut numbers in [drawn, falling, organ, bad, alike, rising] {
                let mut expected = numbers.clone();
                expected.sort_unstable();
                sort(&mut numbers, &mut room);
                assert!(numbers == expected, "{n}");
            }
        }
    }

    #[test]
    fn the_largest_numbers_are_not_taken_for_empty_places() {
        for n in [13, 33, 65, 127, 300] {
            let mut numbers: Vec<u64> = (0..n).map(|at| u64::MAX - at).collect();
            sort(&mut numbers, &mut Vec::new());
            assert!(numbers.iter().rev().zip(0..).all(|(number, at)| *number == u64::MAX - at), "{n}");
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn numbers_are_sorted_however_few_looks_are_left_for_parting() {
        let Some(simd) = registers::simd() else {
            println!("skipped: no registers of 512 bits");
            return;
        };
        for n in [129, 1000, 5000] {
            let numbers: Vec<u64> = (0..n as u64).map(|at| at * 2_654_435_761 % 1_000_003).collect();
            let mut expected = numbers.clone();
            expected.sort_unstable();
            for looks in [0, n - 1, n, 2 * n, 3 * n] {
                let mut numbers = numbers.clone();
                registers::sort(simd, &mut numbers, &mut Vec::new(), looks);
                assert!(numbers == expected, "{n} {looks}");
            }
        }
    }
}
