"""Pages of the person who books: booking, managing a booking, check-ins, reviews, account."""
