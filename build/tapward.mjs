#!/usr/bin/env node
/** `tapward`: a command and its options come in, the CLI answers on Node 24. */
import { begin } from './begin.mjs';

begin('agent/cli/main.ts');
