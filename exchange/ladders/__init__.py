"""From fine to coarse: ages, dates, places, countries, industries, numbers, each as a ladder that is a proper tree."""
