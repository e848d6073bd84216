import{P as e,n as t}from"./preload-helper-CjTIgT7h.js";import{W as n,X as r,Y as i,Z as a,d as o,i as s,n as c,r as l,t as u,tt as d}from"./Waiting-C48HlERG.js";import{n as f}from"./Copy-CGFwfpM0.js";import{i as p,m,n as h,p as g,s as _}from"./Page-BA6X_q_v.js";import{i as v,x as y}from"./index-DSVR1wmo.js";import{a as b,i as x,r as S}from"./time-ChBF21--.js";import{n as C,t as w}from"./When-Cv7uh3-4.js";import{t as T}from"./Payload-Cupm0tih.js";import{t as E}from"./Status-6I6k_37K.js";var D=t(`outline`,`player-pause`,`PlayerPause`,[[`path`,{d:`M6 6a1 1 0 0 1 1 -1h2a1 1 0 0 1 1 1v12a1 1 0 0 1 -1 1h-2a1 1 0 0 1 -1 -1l0 -12`,key:`svg-0`}],[`path`,{d:`M14 6a1 1 0 0 1 1 -1h2a1 1 0 0 1 1 1v12a1 1 0 0 1 -1 1h-2a1 1 0 0 1 -1 -1l0 -12`,key:`svg-1`}]]),O={facts:`_facts_ttlc5_1`,headers:`_headers_ttlc5_18`},k=e();function A({title:e,of:t,beside:i,headers:a,body:o,noBody:s}){return(0,k.jsxs)(n,{gap:`xs`,component:`section`,"aria-label":t?`${e} of ${t}`:e,children:[(0,k.jsxs)(m,{order:3,size:`h5`,children:[e,` `,i&&(0,k.jsx)(r,{span:!0,size:`sm`,c:`dimmed`,fw:400,children:i})]}),a.length>0&&(0,k.jsx)(`div`,{className:O.headers,children:(0,k.jsx)(`table`,{"aria-label":`${e} headers`,children:(0,k.jsx)(`tbody`,{children:a.map(({name:e,value:t},n)=>(0,k.jsxs)(`tr`,{children:[(0,k.jsx)(`th`,{scope:`row`,children:e}),(0,k.jsx)(`td`,{children:t??(0,k.jsx)(j,{})})]},n))})})}),o?(0,k.jsx)(T,{text:o,label:`${e} body`,height:340}):(0,k.jsx)(r,{size:`sm`,c:`dimmed`,children:s})]})}function j(){return(0,k.jsx)(`span`,{role:`img`,"aria-label":`secret`,title:`Secret: it is not shown`,children:`********`})}var M={TEMPLATE:{title:`The message could not be made`,help:`Correct the template; the error names the place. Then retry the delivery.`},BLOCKED_ADDRESS:{title:`The address is not allowed`,help:`Give the channel a public address. For a network of your own, the operator of this server allows it with CARILLON_ALLOW_NETWORKS.`},DNS:{title:`The host was not found`,help:`Check the host name in the channel. A look-up that failed only for now is tried again.`},CONNECT:{title:`No connection`,help:`Check that the receiver is running, that the port is right, and that no firewall is in between.`},TLS:{title:`No secure connection`,help:`Renew or correct the certificate of the receiver, or check the port and the TLS setting of the channel.`},TIMEOUT:{title:`No answer in time`,help:`Let the receiver answer first and do its work afterwards, or give the channel a longer timeout.`},REJECTED:{title:`The receiver refused it`,help:`The response below says why.`},RATE_LIMITED:{title:`The receiver asked for fewer messages`,help:`Nothing to do: the channel waits and goes on. If it happens often, set a rate limit on the channel.`},PROVIDER:{title:`The provider failed`,help:`It is tried again by itself. If it lasts, look at the status page of the provider.`},CONFIG:{title:`The settings of the channel are at fault`,help:`Correct the channel. If it was disabled, resume it; what waited is sent.`}},N={301:`Redirects are not followed. Set the URL that it leads to.`,302:`Redirects are not followed. Set the URL that it leads to.`,307:`Redirects are not followed. Set the URL that it leads to.`,308:`Redirects are not followed. Set the URL that it leads to.`,401:`Compare the signing secret and the headers of the channel with what the receiver expects.`,403:`Compare the signing secret and the headers of the channel with what the receiver expects.`,404:`Check the path in the URL of the channel.`,405:`The receiver does not take this method at this address. Check the URL and the method of the channel.`,410:`The receiver wants no more. Resume the channel once it is back; what waited is sent.`,413:`The message is too large for the receiver. A shorter template may help.`};function P(e,t,n){return(e===`REJECTED`&&t===`HTTP`&&n!==null?N[n]:void 0)??M[e].help}var F={200:`OK`,201:`Created`,202:`Accepted`,204:`No Content`,301:`Moved Permanently`,302:`Found`,307:`Temporary Redirect`,308:`Permanent Redirect`,400:`Bad Request`,401:`Unauthorized`,403:`Forbidden`,404:`Not Found`,405:`Method Not Allowed`,408:`Request Timeout`,409:`Conflict`,410:`Gone`,413:`Content Too Large`,415:`Unsupported Media Type`,422:`Unprocessable Content`,429:`Too Many Requests`,500:`Internal Server Error`,501:`Not Implemented`,502:`Bad Gateway`,503:`Service Unavailable`,504:`Gateway Timeout`};function I(e,t){let n=t===`EMAIL`?void 0:F[e];return n?`${e} ${n}`:String(e)}var L={AUTOMATIC:`Automatic`,MANUAL:`By hand`,TEST:`Test event`};function R(e){let t=b(x(e.latency)),n=e.responseCode===null?``:` with ${I(e.responseCode,e.channel.kind)}`;if(e.status===`SUCCEEDED`){let r=e.channel.kind===`HTTP`?`The receiver answered${n} in ${t}.`:`The provider took it in ${t}${n&&`, answering${n}`}.`;return e.delivery.status===`SENT`?`${r} Its delivery report is awaited.`:r}return`${e.responseCode===null?`It failed after ${t}, without an answer.`:`It failed after ${t}: the answer was ${I(e.responseCode,e.channel.kind)}.`} ${z(e)}`}function z(e){if(e.trigger===`TEST`)return`Tests are not retried.`;if(e.delivery.attemptCount>e.number)return e.delivery.status===`SUCCEEDED`?`A later attempt succeeded.`:`It has been tried again since.`;switch(e.delivery.status){case`FAILED`:return e.error?.retryable===!1?`It is not tried again: another try could not help.`:`It is not tried again: that was the last try.`;case`CANCELED`:return`The delivery was canceled.`;case`DELIVERING`:return`It is being tried again now.`;default:return e.nextAttemptAt?`It is tried again.`:`It waits until the channel is resumed.`}}var B=s(`
  query AttemptDetail($id: ID!) {
    deliveryAttempt(id: $id) {
      id
      status
      trigger
      number
      requestId
      target
      startedAt
      latency
      nextAttemptAt
      responseCode
      error {
        code
        message
        retryable
      }
      requestHeaders {
        name
        value
      }
      requestBody
      responseHeaders {
        name
        value
      }
      responseBody
      event {
        id
        type
        tenant {
          id
          name
        }
      }
      delivery {
        id
        status
        attemptCount
      }
      webhook {
        id
        name
      }
      channel {
        id
        name
        kind
      }
    }
  }
`);function V({id:e,of:t}){let[{data:n,error:r,fetching:i},a]=o({query:B,variables:{id:e}}),s=n?.deliveryAttempt;return s?(0,k.jsx)(H,{attempt:s,of:t}):r?(0,k.jsx)(c,{error:r,onRetry:()=>a({requestPolicy:`network-only`})}):i||!n?(0,k.jsx)(u,{}):(0,k.jsx)(h,{title:`There is no such attempt`,children:`Attempts are kept for a while and then deleted.`})}function H({attempt:e,of:t}){return(0,k.jsxs)(n,{gap:`lg`,children:[(0,k.jsxs)(d,{gap:`xs`,align:`baseline`,children:[(0,k.jsx)(r,{fw:600,component:`div`,children:(0,k.jsx)(E,{value:e.status})}),(0,k.jsx)(r,{size:`sm`,children:R(e)})]}),e.error&&(0,k.jsxs)(a,{color:`red`,icon:(0,k.jsx)(l,{"aria-hidden":!0}),title:`${M[e.error.code].title} (${e.error.code})`,children:[(0,k.jsx)(r,{size:`sm`,style:{overflowWrap:`anywhere`,whiteSpace:`pre-wrap`},children:e.error.message}),(0,k.jsxs)(r,{size:`sm`,mt:6,children:[(0,k.jsx)(`strong`,{children:`What to do:`}),` `,P(e.error.code,e.channel.kind,e.responseCode)]})]}),(0,k.jsx)(U,{attempt:e}),(0,k.jsx)(A,{of:t,title:`Request`,headers:e.requestHeaders,body:e.requestBody,noBody:`Nothing was sent.`}),(0,k.jsx)(A,{of:t,title:`Response`,beside:e.responseCode!==null&&I(e.responseCode,e.channel.kind),headers:e.responseHeaders,body:e.responseBody,noBody:e.responseCode===null?`Nothing came back.`:`The answer has no body.`})]})}function U({attempt:e}){let{admin:t}=p();return(0,k.jsxs)(`dl`,{className:O.facts,children:[(0,k.jsx)(W,{name:`Target`,children:e.target||`–`}),(0,k.jsxs)(W,{name:`Started`,children:[S(e.startedAt),` (`,(0,k.jsx)(C,{at:e.startedAt}),`)`]}),(0,k.jsx)(W,{name:`Took`,children:(0,k.jsx)(w,{duration:e.latency})}),(0,k.jsxs)(W,{name:`Attempt`,children:[e.number,`, `,L[e.trigger].toLowerCase()]}),e.nextAttemptAt&&(0,k.jsxs)(W,{name:`Next attempt`,children:[S(e.nextAttemptAt),` (`,(0,k.jsx)(C,{at:e.nextAttemptAt}),`)`]}),(0,k.jsx)(W,{name:`Channel`,children:(0,k.jsx)(i,{component:_,to:`/channels/${e.channel.id}`,inherit:!0,children:(0,k.jsx)(v,{kind:e.channel.kind,name:e.channel.name})})}),e.webhook&&(0,k.jsx)(W,{name:`Webhook`,children:(0,k.jsx)(i,{component:_,to:`/webhooks/${e.webhook.id}`,inherit:!0,children:e.webhook.name})}),(0,k.jsx)(W,{name:`Event`,children:(0,k.jsx)(i,{component:_,to:`/events/${e.event.id}`,inherit:!0,children:e.event.type})}),(0,k.jsx)(W,{name:`Delivery`,children:(0,k.jsxs)(d,{gap:`xs`,component:`span`,children:[(0,k.jsx)(i,{component:_,to:`/deliveries/${e.delivery.id}`,inherit:!0,children:`Open the delivery`}),(0,k.jsx)(E,{value:e.delivery.status})]})}),t&&(0,k.jsx)(W,{name:`Tenant`,children:e.event.tenant.name}),(0,k.jsx)(W,{name:`Attempt id`,children:(0,k.jsx)(f,{id:e.id})}),(0,k.jsx)(W,{name:`Request id`,children:(0,k.jsx)(f,{id:e.requestId})})]})}function W({name:e,children:t}){return(0,k.jsxs)(k.Fragment,{children:[(0,k.jsx)(`dt`,{children:e}),(0,k.jsx)(`dd`,{children:t})]})}function G(){let[e,t]=g(),n=e=>t(t=>{let n=new URLSearchParams(t);return e?n.set(`attempt`,e):n.delete(`attempt`),n},{replace:!e});return{attempt:e.get(`attempt`),open:n,close:()=>n(null)}}function K(){let{attempt:e,close:t}=G();return(0,k.jsx)(y,{opened:!!e,onClose:t,position:`right`,size:720,title:`Attempt`,closeButtonProps:{"aria-label":`Close`},styles:{title:{fontWeight:600}},attributes:{header:{role:`none`}},children:e&&(0,k.jsx)(V,{id:e},e)})}export{M as a,I as i,G as n,L as o,V as r,D as s,K as t};