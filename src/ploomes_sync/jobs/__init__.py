"""What happens without anybody waiting for it: runs worked on, schedules kept, what was left behind taken up."""
