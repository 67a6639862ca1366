# Requests for real MCP servers, one per line: the method, a blank, its parameters. Sourced by redaction.sh.

# tool NAME ARGUMENTS
tool() { printf 'tools/call {"name":"%s","arguments":%s}\n' "$1" "$2"; }

everything_calls() {
  tool echo '{"message":"Hello, this is 7c9e6679-7425-40de-944b-e07fc1f90ae7 at 2026-01-02T03:04:05Z"}'
  tool echo '{"message":"commit da39a3ee5e6b4b0d3255bfef95601890afd80709 by Ada, see https://example.com/a/b?page=2#top"}'
  tool get-sum '{"a":2,"b":40}'
  tool get-tiny-image '{}'
  for type in success error debug; do tool get-annotated-message "{\"messageType\":\"$type\",\"includeImage\":true}"; done
  for count in 1 3 5; do tool get-resource-links "{\"count\":$count}"; done
  tool get-resource-reference '{"resourceType":"Text","resourceId":1}'
  tool get-resource-reference '{"resourceType":"Blob","resourceId":2}'
  for place in "New York" Chicago "Los Angeles"; do tool get-structured-content "{\"location\":\"$place\"}"; done
  tool trigger-long-running-operation '{"duration":1,"steps":3}'
  tool no-such-tool '{"a":1}'
  for id in 1 2 3 4; do
    printf 'resources/read {"uri":"demo://resource/dynamic/text/%s"}\nresources/read {"uri":"demo://resource/dynamic/blob/%s"}\n' "$id" "$id"
  done
  printf 'prompts/get {"name":"simple-prompt"}\nprompts/get {"name":"args-prompt","arguments":{"city":"Bern","state":"BE"}}\n'
  printf 'completion/complete {"ref":{"type":"ref/prompt","name":"completable-prompt"},"argument":{"name":"department","value":"E"}}\nping {}\n'
}

memory_calls() {
  tool create_entities '{"entities":[{"name":"Ada_Lovelace","entityType":"person","observations":["Works on the key-value store","Prefers tea","Phone +41 44 000 00 00"]},{"name":"Parser","entityType":"component","observations":["Splits input into tokens","The primary key is an integer","Owned by the platform team since 2024-05-01"]}]}'
  tool create_relations '{"relations":[{"from":"Ada_Lovelace","to":"Parser","relationType":"maintains"}]}'
  tool add_observations '{"observations":[{"entityName":"Parser","contents":["Max 4096 tokens per request","Version 2.14.0-rc.1, build 20260102.3"]}]}'
  tool read_graph '{}'
  for query in Ada token key "primary key" nothing; do tool search_nodes "{\"query\":\"$query\"}"; done
  tool open_nodes '{"names":["Ada_Lovelace","Parser"]}'
  tool delete_observations '{"deletions":[{"entityName":"Parser","observations":["Prefers tea"]}]}'
  tool delete_entities '{"entityNames":["Parser"]}'
}

# filesystem_calls FOLDER: its structure, and its files one by one.
filesystem_calls() {
  tool list_allowed_directories '{}'
  find "$1" -mindepth 1 -maxdepth 2 -type d | sort | awk 'NR <= 80' | while read -r folder; do
    tool list_directory "{\"path\":\"$folder\"}"
    tool list_directory_with_sizes "{\"path\":\"$folder\"}"
    tool get_file_info "{\"path\":\"$folder\"}"
  done
  for pattern in '*.md' '*.json' '*test*'; do tool search_files "{\"path\":\"$1\",\"pattern\":\"**/$pattern\"}"; done
  find "$1" -type f \( -name '*.md' -o -name 'package.json' -o -name '*.js' -o -name '*.ts' -o -name LICENSE \) -size -40k | sort | awk 'NR % 4 == 0 && NR <= 3200' |
    while read -r file; do tool read_text_file "{\"path\":\"$file\"}"; done
}
