"""Administrative divisions of China as they begin ID numbers and tax numbers (GB/T 2260)."""

PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
