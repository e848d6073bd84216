package channels

// slackFault is whose fault a refusal is.
type slackFault int

const (
	faultPassing slackFault = iota // nobody's: the next try may do
	faultPace                      // messages come too fast
	faultMessage                   // this message's alone
	faultChannel                   // the channel's own: no message of it will do
)

// slackSaid is what one of Slack's errors means.
type slackSaid struct {
	fault   slackFault
	means   string
	webhook string // of an incoming webhook, where that differs
}

const (
	newToken   = "give the channel the token of an app that is installed"
	newWebhook = "make a new webhook and give the channel its URL"
	adminsSay  = "an administrator of the workspace has restricted posting there"
)

// slackWords are the errors of chat.postMessage and of incoming webhooks, as
// Slack's documents have them.
var slackWords = map[string]slackSaid{
	"channel_not_found":                     {faultChannel, "the channel does not exist or the bot was not invited; invite it with /invite @bot", "the webhook's channel does not exist any more; " + newWebhook},
	"channel_is_archived":                   {faultChannel, "the channel is archived; unarchive it or choose another one", ""},
	"is_archived":                           {faultChannel, "the channel is archived; unarchive it or choose another one", ""},
	"not_in_channel":                        {faultChannel, "the bot is not in the channel; invite it with /invite @bot", ""},
	"messages_tab_disabled":                 {faultChannel, "the app's messages tab is off; turn it on in the app's home", ""},
	"no_service":                            {faultChannel, "the webhook was removed or turned off; " + newWebhook, ""},
	"no_active_hooks":                       {faultChannel, "the webhook was turned off; " + newWebhook, ""},
	"no_team":                               {faultChannel, "the webhook's workspace does not exist any more", ""},
	"team_disabled":                         {faultChannel, "the workspace is turned off", ""},
	"team_not_found":                        {faultChannel, "the workspace does not exist", ""},
	"team_access_not_granted":               {faultChannel, "the token is not for this workspace; install the app there", ""},
	"invalid_token":                         {faultChannel, "Slack does not know the token; " + newToken, "the webhook's URL is wrong or was revoked; " + newWebhook},
	"bad_token":                             {faultChannel, "Slack does not know the token; " + newToken, "the webhook's URL is wrong or was revoked; " + newWebhook},
	"invalid_auth":                          {faultChannel, "Slack does not know the token, or takes none from this server's address; " + newToken, ""},
	"not_authed":                            {faultChannel, "Slack saw no token; " + newToken, ""},
	"account_inactive":                      {faultChannel, "the token is of a bot or workspace that is gone; " + newToken, ""},
	"token_revoked":                         {faultChannel, "the token was revoked; " + newToken, ""},
	"token_expired":                         {faultChannel, "the token has expired; turn token rotation off, and " + newToken, ""},
	"not_allowed_token_type":                {faultChannel, "the token is not a bot's; give one that begins with xoxb-", ""},
	"missing_scope":                         {faultChannel, "the app lacks a scope; it needs chat:write, and chat:write.customize for a name or icon of its own", ""},
	"no_permission":                         {faultChannel, "the token may not post there", ""},
	"access_denied":                         {faultChannel, "the token may not post there", ""},
	"ekm_access_denied":                     {faultChannel, adminsSay, ""},
	"enterprise_is_restricted":              {faultChannel, adminsSay, ""},
	"action_prohibited":                     {faultChannel, adminsSay, ""},
	"restricted_action":                     {faultChannel, adminsSay, ""},
	"restricted_action_read_only_channel":   {faultChannel, adminsSay, ""},
	"restricted_action_thread_only_channel": {faultChannel, "only replies may be posted there; choose another channel", ""},
	"posting_to_general_channel_denied":     {faultChannel, "the workspace does not let everybody post to that channel; choose another one", ""},

	"invalid_payload":                          {faultMessage, "it could not read the message; look at the template", ""},
	"invalid_arguments":                        {faultMessage, "a part of the message is not what Slack takes; look at the template", ""},
	"invalid_json":                             {faultMessage, "it could not read the message; look at the template", ""},
	"json_not_object":                          {faultMessage, "the message is not an object; look at the template", ""},
	"invalid_blocks":                           {faultMessage, "a block is not what Slack takes; look at the template", ""},
	"invalid_blocks_format":                    {faultMessage, "blocks is not a list of blocks; look at the template", ""},
	"invalid_attachments":                      {faultMessage, "an attachment is not what Slack takes; look at the template", ""},
	"invalid_metadata_format":                  {faultMessage, "metadata is not what Slack takes; look at the template", ""},
	"invalid_metadata_schema":                  {faultMessage, "metadata is not what Slack takes; look at the template", ""},
	"metadata_too_large":                       {faultMessage, "metadata is too long; look at the template", ""},
	"markdown_text_conflict":                   {faultMessage, "markdown_text stands beside text or blocks; look at the template", ""},
	"no_text":                                  {faultMessage, "the message has no text, blocks or attachments; look at the template", ""},
	"missing_text_or_fallback_or_attachments":  {faultMessage, "the message has no text, blocks or attachments; look at the template", ""},
	"msg_too_long":                             {faultMessage, "the text is too long; it may have 40000 characters", ""},
	"msg_blocks_too_long":                      {faultMessage, "the blocks are too long; let the template make fewer or shorter ones", ""},
	"attachment_payload_limit_exceeded":        {faultMessage, "the attachments are too long; let the template make fewer or shorter ones", ""},
	"too_many_attachments":                     {faultMessage, "there are too many attachments; a message may have 100", ""},
	"too_many_contact_cards":                   {faultMessage, "there are too many contact cards", ""},
	"user_not_found":                           {faultMessage, "the message names a user who does not exist", ""},
	"as_user_not_supported":                    {faultMessage, "as_user cannot be set for a bot; leave it out of the template", ""},
	"thread_not_found":                         {faultMessage, "the thread does not exist any more", ""},
	"message_not_found":                        {faultMessage, "the thread does not exist any more", ""},
	"cannot_reply_to_message":                  {faultMessage, "that message cannot have replies", ""},
	"restricted_action_thread_locked":          {faultMessage, "the thread is locked", ""},
	"restricted_action_non_threadable_channel": {faultMessage, "the channel has no threads", ""},

	"ratelimited":  {faultPace, "messages come faster than Slack takes them", ""},
	"rate_limited": {faultPace, "messages come faster than Slack takes them", ""},

	"message_limit_exceeded": {faultPassing, "the workspace has sent more messages than its plan allows for now", ""},
	"internal_error":         {faultPassing, "something went wrong at Slack", ""},
	"fatal_error":            {faultPassing, "something went wrong at Slack", ""},
	"service_unavailable":    {faultPassing, "Slack is not available for now", ""},
	"request_timeout":        {faultPassing, "the message reached Slack incompletely or too late", ""},
	"rollup_error":           {faultPassing, "something went wrong at Slack", ""},
	"team_added_to_org":      {faultPassing, "the workspace is being moved to an organization", ""},
	"org_login_required":     {faultPassing, "the workspace is being moved to an organization", ""},
	"accesslimited":          {faultPassing, "Slack limits access from this server's network", ""},
}
